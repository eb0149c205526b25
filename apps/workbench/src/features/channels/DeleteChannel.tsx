import type { DatastreamDocument } from '@sluice/model'
import type { ReactNode } from 'react'
import { Confirm } from '../../ui/Confirm.tsx'
import { showToast } from '../../ui/toasts.ts'
import { unitWords } from './unit-words.ts'
import { useChangeChannel } from './useChannels.ts'

type Props = { feedId: number; stream: DatastreamDocument; onClose(): void }

export function DeleteChannel({ feedId, stream, onClose }: Props): ReactNode {
  const { mutate, isPending, error } = useChangeChannel(feedId)
  const remove = (): void =>
    mutate(
      { kind: 'delete', id: stream.id },
      {
        onSuccess: () => {
          showToast({ kind: 'ok', text: `Channel ${stream.id} was deleted.` })
          onClose()
        },
      },
    )
  return (
    <Confirm
      title={`Delete ${stream.id}?`}
      action="Delete channel"
      isBusy={isPending}
      error={error}
      onConfirm={remove}
      onClose={onClose}
    >
      <p>
        {stream.current_value === undefined
          ? 'The channel has no values yet. Its unit and tags are lost.'
          : `Every value ever stored in it is lost for good, up to the current ${stream.current_value} ${unitWords(stream.unit)}`.trimEnd() +
            '.'}
      </p>
      <p className="text-muted">A device that keeps sending {stream.id} makes it again, empty.</p>
    </Confirm>
  )
}
