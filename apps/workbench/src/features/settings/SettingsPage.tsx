import { Monitor, Moon, Sun } from 'lucide-react'
import { useSyncExternalStore } from 'react'
import type { ReactNode } from 'react'
import { Button } from '../../ui/Button.tsx'
import { CopyButton } from '../../ui/CopyButton.tsx'
import { useDocumentTitle } from '../../ui/useDocumentTitle.ts'
import { useSession } from '../session/session.ts'
import { useSignOut } from '../session/useSignIn.ts'
import { THEMES, chooseTheme, currentTheme, onTheme } from '../shell/theme.ts'
import { ExportPanel } from './ExportPanel.tsx'
import { PasswordForm } from './PasswordForm.tsx'

const THEME_LOOKS = {
  system: { label: 'System', Icon: Monitor },
  light: { label: 'Light', Icon: Sun },
  dark: { label: 'Dark', Icon: Moon },
}

export function SettingsPage(): ReactNode {
  const session = useSession()
  const signOut = useSignOut()
  useDocumentTitle('Settings')
  return (
    <div className="mx-auto grid max-w-3xl gap-5">
      <h1 className="text-2xl font-semibold tracking-tight">Settings</h1>
      <Section title="Account" note="Who you are on this server, and where its message bus is.">
        <dl className="grid gap-x-6 gap-y-2 sm:grid-cols-[max-content_minmax(0,1fr)]">
          <Fact name="Name" value={session?.name ?? ''} />
          <Fact name="Email" value={session?.email ?? ''} />
          <Fact name="Login" value={session?.login ?? ''} />
          <Fact name="Server" value={session?.public_url ?? ''} isCopied />
          <Fact name="WAMP router" value={session?.wamp_url ?? ''} isCopied />
          <Fact name="WAMP realm" value={session?.realm ?? ''} isCopied />
        </dl>
      </Section>
      <Section
        id="export"
        title="Export everything"
        note="One file of JSON lines: devices, feeds with every value, triggers, keys without their text, deliveries, the latest requests and the audit record. Its last line says that nothing is missing."
      >
        <ExportPanel />
      </Section>
      <Section title="Theme" note="Remembered in this browser.">
        <ThemeChoice />
      </Section>
      <Section title="Password" note="Other browsers that are signed in have to sign in again.">
        <PasswordForm email={session?.email ?? ''} />
      </Section>
      <Section title="Session" note="Ends it on the server as well.">
        <div>
          <Button onClick={() => void signOut()}>Sign out</Button>
        </div>
      </Section>
    </div>
  )
}

type SectionProps = { id?: string; title: string; note: string; children: ReactNode }

function Section({ id, title, note, children }: SectionProps): ReactNode {
  return (
    <section id={id} aria-label={title} className="panel grid scroll-mt-20 gap-4 p-5">
      <div>
        <h2 className="font-semibold">{title}</h2>
        <p className="text-[0.8125rem] text-muted">{note}</p>
      </div>
      {children}
    </section>
  )
}

function Fact({ name, value, isCopied = false }: { name: string; value: string; isCopied?: boolean }): ReactNode {
  return (
    <>
      <dt className="text-muted max-sm:-mb-2.5 max-sm:text-[0.8125rem] sm:leading-7">{name}</dt>
      <dd className="flex min-h-7 min-w-0 items-center gap-1.5 max-sm:mb-2">
        <span className={`min-w-0 break-all ${isCopied ? 'font-mono text-[0.8125rem]' : ''}`}>{value}</span>
        {isCopied && <CopyButton text={value} what={name} />}
      </dd>
    </>
  )
}

function ThemeChoice(): ReactNode {
  const theme = useSyncExternalStore(onTheme, currentTheme)
  return (
    <div role="group" aria-label="Theme" className="grid max-w-md grid-cols-3 gap-2">
      {THEMES.map((name) => {
        const { label, Icon } = THEME_LOOKS[name]
        return (
          <button
            key={name}
            type="button"
            aria-pressed={theme === name}
            onClick={() => chooseTheme(name)}
            className="grid justify-items-center gap-1.5 rounded-lg border border-line py-3 text-muted hover:bg-sunken aria-pressed:border-accent aria-pressed:bg-accent-soft aria-pressed:text-text"
          >
            <Icon size={18} aria-hidden />
            {label}
          </button>
        )
      })}
    </div>
  )
}
