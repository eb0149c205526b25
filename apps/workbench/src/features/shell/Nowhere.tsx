import { Link } from '@tanstack/react-router'
import type { ErrorComponentProps } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { buttonClass } from '../../ui/Button.tsx'
import { ErrorNotice } from '../../ui/ErrorNotice.tsx'

/** For addresses that lead nowhere. */
export function NotFoundPage({ what = 'This page' }: { what?: string }): ReactNode {
  return (
    <div className="mx-auto grid max-w-md justify-items-center gap-3 py-24 text-center">
      <p className="font-mono text-muted">404</p>
      <h1 className="text-xl font-semibold">{what} does not exist</h1>
      <p className="text-muted">It may have been deleted, or the address has a typo.</p>
      <Link to="/devices" className={`${buttonClass('primary')} mt-2`}>
        All devices
      </Link>
    </div>
  )
}

/** For a page that could not be loaded or drawn. */
export function CrashPage({ error, reset }: ErrorComponentProps): ReactNode {
  return (
    <div className="mx-auto max-w-xl py-16">
      <ErrorNotice error={error} what="This page could not be shown." onRetry={reset} />
    </div>
  )
}
