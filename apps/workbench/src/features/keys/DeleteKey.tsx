import type { ReactNode } from 'react'
import { Confirm } from '../../ui/Confirm.tsx'
import { showToast } from '../../ui/toasts.ts'
import { useRemoveKey } from './useKeys.ts'

type Props = { id: number; label: string; words: string; onClose(): void }

export function DeleteKey({ id, label, words, onClose }: Props): ReactNode {
  const { mutate, isPending, error } = useRemoveKey()
  const remove = (): void =>
    mutate(id, {
      onSuccess: () => {
        showToast({ kind: 'ok', text: `Key ${label} was deleted.` })
        onClose()
      },
    })
  return (
    <Confirm
      title={`Delete the key ${label}?`}
      action="Delete key"
      isBusy={isPending}
      error={error}
      onConfirm={remove}
      onClose={onClose}
    >
      <p>
        Every device and program that uses it is refused with 401 from now on. A deleted key cannot be brought back.
      </p>
      <p className="text-muted">{words}</p>
    </Confirm>
  )
}
