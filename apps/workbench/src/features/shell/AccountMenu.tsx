import { Menu } from '@base-ui/react/menu'
import { useNavigate } from '@tanstack/react-router'
import { CircleUserRound, Download, LogOut, Monitor, Moon, Settings, Sun } from 'lucide-react'
import { useSyncExternalStore } from 'react'
import type { ReactNode } from 'react'
import { errorWords } from '../../ui/error-words.ts'
import { ITEM, MenuPopup } from '../../ui/MenuPopup.tsx'
import { showToast } from '../../ui/toasts.ts'
import { useSession } from '../session/session.ts'
import { useSignOut } from '../session/useSignIn.ts'
import { THEMES, chooseTheme, currentTheme, onTheme } from './theme.ts'
import type { Theme } from './theme.ts'

const ICONS = { system: Monitor, light: Sun, dark: Moon }
const WORDS = { system: 'System theme', light: 'Light', dark: 'Dark' }

export function AccountMenu(): ReactNode {
  const session = useSession()
  const navigate = useNavigate()
  const signOut = useSignOut()
  const theme = useSyncExternalStore(onTheme, currentTheme)
  return (
    <Menu.Root>
      <Menu.Trigger
        aria-label="Account"
        className="inline-flex h-9 items-center gap-2 rounded-lg px-2 text-muted hover:bg-sunken hover:text-text data-[popup-open]:bg-sunken"
      >
        <CircleUserRound size={20} aria-hidden />
        <span className="hidden max-w-40 truncate sm:inline">{session?.login}</span>
      </Menu.Trigger>
      <MenuPopup>
        <div className="px-2.5 pt-1.5 pb-2">
          <p className="truncate font-medium">{session?.name}</p>
          <p className="truncate text-[0.8125rem] text-muted">{session?.email}</p>
        </div>
        <div className="my-1 h-px bg-line" />
        <Menu.RadioGroup value={theme} onValueChange={(next: Theme) => chooseTheme(next)}>
          {THEMES.map((name) => {
            const Icon = ICONS[name]
            return (
              <Menu.RadioItem key={name} value={name} className={ITEM}>
                <Icon size={16} aria-hidden /> {WORDS[name]}
                <Menu.RadioItemIndicator className="ml-auto text-accent">●</Menu.RadioItemIndicator>
              </Menu.RadioItem>
            )
          })}
        </Menu.RadioGroup>
        <div className="my-1 h-px bg-line" />
        <Menu.Item className={ITEM} onClick={() => void navigate({ to: '/settings' })}>
          <Settings size={16} aria-hidden /> Settings
        </Menu.Item>
        <Menu.Item className={ITEM} onClick={() => void navigate({ to: '/settings', hash: 'export' })}>
          <Download size={16} aria-hidden /> Export everything…
        </Menu.Item>
        <Menu.Item
          className={ITEM}
          onClick={() =>
            void signOut().catch((error: unknown) => showToast({ kind: 'bad', text: errorWords(error).join(' ') }))
          }
        >
          <LogOut size={16} aria-hidden /> Sign out
        </Menu.Item>
      </MenuPopup>
    </Menu.Root>
  )
}
