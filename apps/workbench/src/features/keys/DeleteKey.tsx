import type { KeyDocument } from '@sluice/model'
import type { ReactNode } from 'react'
import { Confirm } from '../../ui/Confirm.tsx'
import { showToast } from '../../ui/toasts.ts'
import { LastUse } from './LastUse.tsx'
import { useRemoveKey } from './useKeys.ts'

export function DeleteKey({ apiKey, onClose }: { apiKey: KeyDocument & { id: number }; onClose(): void }): ReactNode {
  const { id, label, last_used_at: at, last_used_address: address, last_used_client: client } = apiKey
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
      <p className="text-muted">
        <LastUse use={{ at, address, client }} none="It was never used." prefix="Last used " />
      </p>
    </Confirm>
  )
}
