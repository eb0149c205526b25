import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import type { ReactNode } from 'react'
import { client } from '../../client.ts'
import { Button } from '../../ui/Button.tsx'
import { ErrorText } from '../../ui/ErrorNotice.tsx'
import { TextField } from '../../ui/Field.tsx'
import { showToast } from '../../ui/toasts.ts'

const EMPTY = { current: '', next: '' }

export function PasswordForm({ email }: { email: string }): ReactNode {
  const [form, setForm] = useState(EMPTY)
  const { mutate, isPending, error } = useMutation({
    mutationFn: ({ current, next }: typeof EMPTY) => client.session.changePassword(current, next),
    onSuccess: () => {
      setForm(EMPTY)
      showToast({ kind: 'ok', text: 'The password was changed.' })
    },
  })
  return (
    <form
      className="grid max-w-md gap-4"
      onSubmit={(event) => {
        event.preventDefault()
        mutate(form)
      }}
    >
      {/* tells password managers whose password this is */}
      <input type="hidden" name="username" autoComplete="username" value={email} />
      <TextField
        label="Current password"
        type="password"
        autoComplete="current-password"
        required
        value={form.current}
        onChange={(event) => setForm({ ...form, current: event.currentTarget.value })}
      />
      <TextField
        label="New password"
        type="password"
        autoComplete="new-password"
        required
        value={form.next}
        onChange={(event) => setForm({ ...form, next: event.currentTarget.value })}
      />
      <ErrorText error={error} />
      <div>
        <Button type="submit" isBusy={isPending}>
          Change password
        </Button>
      </div>
    </form>
  )
}
