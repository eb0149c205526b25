import { Link, Outlet, useLocation } from '@tanstack/react-router'
import { BookOpen, Cpu, LogIn, Send, Settings, Zap } from 'lucide-react'
import type { ReactNode } from 'react'
import { buttonClass } from '../../ui/Button.tsx'
import { useSession } from '../session/session.ts'
import { AccountMenu } from './AccountMenu.tsx'
import { Logo } from './Logo.tsx'

const PAGES = [
  { to: '/devices', label: 'Devices', Icon: Cpu },
  { to: '/triggers', label: 'Triggers', Icon: Zap },
  { to: '/deliveries', label: 'Deliveries', Icon: Send },
  { to: '/docs', label: 'API docs', Icon: BookOpen },
  { to: '/settings', label: 'Settings', Icon: Settings },
] as const

/** What surrounds every page: top bar, and on a phone the pages at the bottom, near the thumb. */
export function Shell(): ReactNode {
  const isSignedIn = useSession() !== null
  // to a visitor the others would only show the way to sign-in
  const pages = isSignedIn ? PAGES : PAGES.filter(({ to }) => to === '/docs')
  return (
    <div className="flex min-h-dvh flex-col">
      <a
        href="#main"
        className="sr-only z-60 rounded-lg bg-accent px-3 py-2 text-on-accent focus:not-sr-only focus:fixed focus:top-2 focus:left-2"
      >
        Skip to content
      </a>
      <header className="sticky top-0 z-30 border-b border-line bg-surface">
        <div className="mx-auto flex h-14 max-w-[90rem] items-center gap-6 px-4 sm:px-6">
          <Link to="/devices" className="flex items-center gap-2.5 rounded-lg font-semibold tracking-tight">
            <Logo />
            <span className="text-base">Sluice</span>
          </Link>
          <nav aria-label="Pages" className="hidden gap-1 sm:flex">
            {pages.map(({ to, label }) => (
              <Link
                key={to}
                to={to}
                className="rounded-lg px-3 py-1.5 font-medium text-muted hover:text-text aria-[current=page]:bg-sunken aria-[current=page]:text-text"
              >
                {label}
              </Link>
            ))}
          </nav>
          <div className="ml-auto">{isSignedIn ? <AccountMenu /> : <SignInLink />}</div>
        </div>
      </header>
      <main
        id="main"
        tabIndex={-1}
        className="mx-auto w-full max-w-[90rem] flex-1 px-4 pt-6 pb-28 outline-none sm:px-6 sm:pb-12"
      >
        <Outlet />
      </main>
      {isSignedIn && <BottomNav />}
    </div>
  )
}

function SignInLink(): ReactNode {
  const from = useLocation({ select: ({ href }) => href })
  return (
    <Link to="/sign-in" search={{ from }} className={buttonClass()}>
      <LogIn size={15} aria-hidden /> Sign in
    </Link>
  )
}

function BottomNav(): ReactNode {
  return (
    <nav
      aria-label="Pages"
      className="fixed inset-x-0 bottom-0 z-30 grid grid-cols-5 border-t border-line bg-surface pb-[env(safe-area-inset-bottom)] sm:hidden"
    >
      {PAGES.map(({ to, label, Icon }) => (
        <Link
          key={to}
          to={to}
          className="flex h-14 flex-col items-center justify-center gap-0.5 text-xs font-medium text-muted aria-[current=page]:text-accent"
        >
          <Icon size={20} aria-hidden />
          {label}
        </Link>
      ))}
    </nav>
  )
}
