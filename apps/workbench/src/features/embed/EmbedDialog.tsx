import type { DatastreamDocument, FeedDocument, KeyDocument } from '@sluice/model'
import { Eye, Plus } from 'lucide-react'
import { useState } from 'react'
import type { ReactNode } from 'react'
import { Button } from '../../ui/Button.tsx'
import { Modal, ModalActions } from '../../ui/Modal.tsx'
import { Segments } from '../../ui/Segments.tsx'
import { SnippetTabs } from '../../ui/SnippetTabs.tsx'
import { KeyDialog } from '../keys/KeyDialog.tsx'
import { rememberText, useKnownText } from '../keys/known-keys.ts'
import { RevealDialog } from '../keys/RevealDialog.tsx'
import { useKeys } from '../keys/useKeys.ts'
import { useSession } from '../session/session.ts'
import { EMBED_RANGES, READ_KEY_PLACEHOLDER, embedSnippets, graphUrl, pageKeys } from './embed-snippets.ts'
import type { EmbedRange } from './embed-snippets.ts'

type Props = { feed: FeedDocument; stream: DatastreamDocument; onClose(): void }

/** The graph of a channel for other pages: with a key that can do nothing but read it. */
export function EmbedDialog({ feed, stream, onClose }: Props): ReactNode {
  const [range, setRange] = useState<EmbedRange>('1day')
  const [open, setOpen] = useState<'add' | 'reveal' | null>(null)
  const publicUrl = useSession()?.public_url ?? location.origin
  const { data: keys } = useKeys(feed.id)
  const about = { feedId: feed.id, datastreamId: stream.id, isPrivate: feed.private === 'true' }
  const key = pageKeys(keys ?? [], about)[0]
  const text = useKnownText(key?.api_key)
  const { timeZone } = new Intl.DateTimeFormat().resolvedOptions()
  const parts = { publicUrl, ...about, range, timeZone }
  const back = (): void => setOpen(null)
  const remember = (shown: string): void => {
    rememberText(shown)
    back()
  }
  if (open === 'add') {
    return <KeyDialog feed={feed} preset="page" onSaved={(made) => made !== null && remember(made)} onClose={back} />
  }
  if (open === 'reveal' && key?.id !== undefined) {
    return <RevealDialog keyId={key.id} label={key.label} onRevealed={remember} onClose={back} />
  }
  return (
    <Modal title={`Embed ${stream.id}`} width="l" onClose={onClose}>
      <div className="grid grid-cols-1 gap-4">
        <div>
          <Segments
            label="Range"
            options={EMBED_RANGES}
            value={range}
            onChange={(next: EmbedRange) => setRange(next)}
          />
        </div>
        <Preview
          key={range}
          url={graphUrl({ ...parts, publicUrl: location.origin, key: null })}
          alt={`Graph of ${stream.id}, as a page would show it`}
        />
        {keys !== undefined && (
          <KeyChoice
            apiKey={key}
            isShown={text !== undefined}
            onAdd={() => setOpen('add')}
            onReveal={() => setOpen('reveal')}
          />
        )}
        <SnippetTabs label="Embed as" snippets={embedSnippets({ ...parts, key: text ?? READ_KEY_PLACEHOLDER })} />
        <ModalActions>
          <Button look="primary" onClick={onClose}>
            Done
          </Button>
        </ModalActions>
      </div>
    </Modal>
  )
}

/** The picture itself, asked for with the session; grey while the server draws it. */
function Preview({ url, alt }: { url: string; alt: string }): ReactNode {
  const [state, setState] = useState<'loading' | 'shown' | 'failed'>('loading')
  if (state === 'failed') {
    return <p className="rounded-lg bg-warn-soft px-3 py-2 text-warn">The graph could not be drawn just now.</p>
  }
  return (
    <img
      src={url}
      width={600}
      height={240}
      alt={alt}
      data-state={state}
      onLoad={() => setState('shown')}
      onError={() => setState('failed')}
      className={`h-auto w-full rounded-lg ${state === 'loading' ? 'skeleton' : 'border border-line'}`}
    />
  )
}

type ChoiceProps = { apiKey: KeyDocument | undefined; isShown: boolean; onAdd(): void; onReveal(): void }

/** Which key stands in the page. Whoever sees the page can read it there. */
function KeyChoice({ apiKey, isShown, onAdd, onReveal }: ChoiceProps): ReactNode {
  return (
    <div className="flex flex-wrap items-center gap-x-4 gap-y-2 rounded-lg bg-sunken px-3.5 py-2.5">
      <p className="min-w-0 flex-1 basis-64 text-[0.8125rem] text-muted">
        {apiKey === undefined
          ? 'Whoever sees the page can read the key in it, so it needs one that can only read. There is none yet.'
          : `Whoever sees the page can read the key in it: “${apiKey.label}” can only read.`}
      </p>
      {apiKey === undefined && (
        <Button size="s" onClick={onAdd}>
          <Plus size={14} aria-hidden /> Add a read-only key
        </Button>
      )}
      {apiKey !== undefined && !isShown && (
        <Button size="s" onClick={onReveal}>
          <Eye size={14} aria-hidden /> Insert the key
        </Button>
      )}
    </div>
  )
}
