import type { FeedDocument, KeyDocument } from '@sluice/model'
import type { ReactElement } from 'react'
import { showToast } from '../../ui/toasts.ts'
import { CheckDialog } from './CheckDialog.tsx'
import { DeleteKey } from './DeleteKey.tsx'
import type { KeyAction } from './KeyActions.tsx'
import { KeyDialog } from './KeyDialog.tsx'
import { rememberText } from './known-keys.ts'
import { RevealDialog } from './RevealDialog.tsx'
import { RollDialog } from './RollDialog.tsx'
import { ShownKeyDialog } from './ShownKeyDialog.tsx'

/** What is open over the list. */
export type OpenDialog =
  | { kind: 'add' }
  | { kind: KeyAction; apiKey: KeyDocument & { id: number } }
  | { kind: 'shown'; title: string; text: string; note?: string }
  | null
type Props = { feed: FeedDocument; dialog: OpenDialog; onOpen(dialog: OpenDialog): void }

/** Whatever is open over the list of keys. */
export function KeyDialogs({ feed, dialog, onOpen }: Props): ReactElement | null {
  if (dialog === null) return null
  const close = (): void => onOpen(null)
  const show = (title: string, text: string, note?: string): void => {
    rememberText(text)
    onOpen({ kind: 'shown', title, text, ...(note !== undefined && { note }) })
  }
  switch (dialog.kind) {
    case 'add':
      return (
        <KeyDialog
          feed={feed}
          onSaved={(text) => (text === null ? close() : show('Key added', text))}
          onClose={close}
        />
      )
    case 'edit':
      return (
        <KeyDialog
          feed={feed}
          apiKey={dialog.apiKey}
          onSaved={() => {
            showToast({ kind: 'ok', text: `${dialog.apiKey.label} was saved. Open sessions follow within 5 seconds.` })
            close()
          }}
          onClose={close}
        />
      )
    case 'reveal':
      return (
        <RevealDialog
          keyId={dialog.apiKey.id}
          label={dialog.apiKey.label}
          onRevealed={(text) => show('API key', text)}
          onClose={close}
        />
      )
    case 'roll':
      return (
        <RollDialog
          apiKey={dialog.apiKey}
          onRolled={(text, until) => show('New text of the key', text, overlapWords(until))}
          onClose={close}
        />
      )
    case 'check':
      return <CheckDialog feed={feed} apiKey={dialog.apiKey} onClose={close} />
    case 'delete':
      return <DeleteKey apiKey={dialog.apiKey} onClose={close} />
    case 'shown':
      break
  }
  return <ShownKeyDialog title={dialog.title} apiKey={dialog.text} note={dialog.note} onClose={close} />
}

const overlapWords = (until: string | null): string =>
  until === null
    ? 'The old text is refused from now on.'
    : `The old text works until ${new Date(until).toLocaleString(undefined, { dateStyle: 'medium', timeStyle: 'short' })}.`
