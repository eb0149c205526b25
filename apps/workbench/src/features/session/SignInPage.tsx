import { useEffect, useRef, useState } from 'react'
import type { ReactNode } from 'react'
import { Button } from '../../ui/Button.tsx'
import { ErrorText } from '../../ui/ErrorNotice.tsx'
import { TextField } from '../../ui/Field.tsx'
import { Logo } from '../shell/Logo.tsx'
import { useSignIn } from './useSignIn.ts'

export function SignInPage({ token, from }: { token: string | undefined; from: string | undefined }): ReactNode {
  const [email, setEmail] = useState('')
  const [password, setPassword] = useState('')
  const { mutate, isPending, error } = useSignIn(from)
  const usedToken = useRef<string>(undefined)
  useEffect(() => {
    // a one-time link works once: React's double effects in development must not use it up
    if (token === undefined || usedToken.current === token) return
    usedToken.current = token
    mutate({ token })
  }, [token, mutate])
  const isSigningInByLink = token !== undefined && error === null
  return (
    <main className="grid min-h-dvh place-items-center p-4">
      <div className="w-full max-w-sm">
        <div className="mb-8 flex flex-col items-center gap-3 text-center">
          <Logo size={44} />
          <h1 className="text-xl font-semibold">Sign in to Sluice</h1>
        </div>
        <form
          className="panel grid gap-4 p-6"
          onSubmit={(event) => {
            event.preventDefault()
            mutate({ email, password })
          }}
        >
          {isSigningInByLink ? (
            <p role="status" className="py-6 text-center text-muted">
              Signing you in…
            </p>
          ) : (
            <>
              <TextField
                label="Email"
                type="email"
                name="email"
                autoComplete="username"
                required
                autoFocus
                value={email}
                onChange={(event) => setEmail(event.currentTarget.value)}
              />
              <TextField
                label="Password"
                type="password"
                name="password"
                autoComplete="current-password"
                required
                value={password}
                onChange={(event) => setPassword(event.currentTarget.value)}
              />
              {error !== null && <ErrorText error={error} />}
              <Button look="primary" type="submit" isBusy={isPending} className="mt-1 w-full">
                Sign in
              </Button>
            </>
          )}
        </form>
        <p className="mt-5 text-center text-[0.8125rem] text-muted">
          The first start prints a one-time sign-in link and writes email and password to{' '}
          <code className="font-mono text-xs">first-run.json</code> in its data folder.
        </p>
      </div>
    </main>
  )
}
