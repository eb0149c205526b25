import type { RequestEntry } from '@sluice/model'
import { Link2 } from 'lucide-react'
import type { ReactNode } from 'react'
import { CodeBlock } from '../../ui/CodeBlock.tsx'
import { CopyButton } from '../../ui/CopyButton.tsx'
import { ErrorNotice } from '../../ui/ErrorNotice.tsx'
import { SidePanel } from '../../ui/SidePanel.tsx'
import { SkeletonRows } from '../../ui/Skeleton.tsx'
import { absoluteTime, durationWords } from '../../ui/time-words.ts'
import { refusalAdvice } from '../first-value/refusal-advice.ts'
import { useSession } from '../session/session.ts'
import { StatusPill } from './StatusPill.tsx'
import { curlCommand } from './curl.ts'
import { prettyBody } from './pretty-body.ts'
import { useRequestEntry } from './useRequestLog.ts'

type Props = {
  feedId: number
  id: string
  /** the entry where the list has it */
  loaded: RequestEntry | undefined
  isLogLoading: boolean
  onClose(): void
}

/** One request beside the list, whole. */
export function RequestPanel({ feedId, id, loaded, isLogLoading, onClose }: Props): ReactNode {
  const { data, error, isPending, refetch } = useRequestEntry(feedId, id, loaded !== undefined || isLogLoading)
  const entry = loaded ?? data
  return (
    <SidePanel
      title="Request"
      label={`Request ${id}`}
      actions={entry && <PanelActions entry={entry} />}
      onClose={onClose}
    >
      {entry && <Details entry={entry} />}
      {!entry && error !== null && (
        <ErrorNotice error={error} what="The request could not be loaded." onRetry={() => void refetch()} />
      )}
      {!entry && error === null && (isPending || isLogLoading) && <SkeletonRows rows={4} className="h-16" />}
      {!entry && error === null && !isPending && !isLogLoading && (
        <p className="py-12 text-center text-muted">
          This request is no longer kept. The log holds the newest 1,000 requests of the account.
        </p>
      )}
    </SidePanel>
  )
}

function PanelActions({ entry }: { entry: RequestEntry }): ReactNode {
  const publicUrl = useSession()?.public_url ?? location.origin
  return (
    <>
      {entry.protocol === 'http' && (
        <CopyButton text={curlCommand(entry, publicUrl)} what="request as curl" label="Copy as curl" />
      )}
      <CopyButton text={location.href} what="link" label="Copy link" className="max-sm:hidden" />
    </>
  )
}

function Details({ entry }: { entry: RequestEntry }): ReactNode {
  const advice = refusalAdvice(entry)
  return (
    <div className="grid grid-cols-1 gap-5">
      <div>
        <p className="flex items-start gap-2.5">
          <StatusPill status={entry.status} />
          <span className="min-w-0 font-mono text-[0.8125rem] leading-6 break-all">
            <strong className="font-semibold">{entry.method}</strong> {entry.path}
          </span>
        </p>
        {advice !== null && <p className="mt-3 rounded-lg bg-warn-soft px-3 py-2">{advice}</p>}
      </div>
      <dl className="grid grid-cols-[max-content_minmax(0,1fr)] gap-x-5 gap-y-1.5">
        <Fact name="Time">{absoluteTime(entry.at)}</Fact>
        <Fact name="Took">{durationWords(entry.duration_ms)}</Fact>
        <Fact name="Key">{keyWords(entry)}</Fact>
        <Fact name="From">
          {entry.remote_address} over {entry.protocol.toUpperCase()}
        </Fact>
        {entry.datastream_ids.length > 0 && <Fact name="Channels">{entry.datastream_ids.join(', ')}</Fact>}
      </dl>
      <Message title="Request" headers={entry.request_headers} body={entry.request_body} />
      <Message title="Response" headers={entry.response_headers} body={entry.response_body} />
      <p className="flex items-center gap-1.5 text-[0.8125rem] text-muted">
        <Link2 size={14} aria-hidden className="shrink-0" /> The address of this page leads to this request. Secrets are
        masked.
      </p>
    </div>
  )
}

function keyWords({ key_id, key_label, status }: RequestEntry): string {
  if (key_label !== null) return key_label
  if (key_id !== null) return `Key ${key_id}, deleted since`
  return status < 400 ? 'None: made by you, signed in to the workbench' : 'None, or one that does not exist'
}

function Fact({ name, children }: { name: string; children: ReactNode }): ReactNode {
  return (
    <>
      <dt className="text-muted">{name}</dt>
      <dd className="min-w-0 break-words">{children}</dd>
    </>
  )
}

type MessageProps = { title: string; headers: Record<string, string>; body: string }

function Message({ title, headers, body }: MessageProps): ReactNode {
  const names = Object.keys(headers)
  return (
    <section aria-label={title}>
      <h3 className="mb-2 font-semibold">{title}</h3>
      {names.length > 0 && (
        <dl className="mb-3 grid grid-cols-[max-content_minmax(0,1fr)] gap-x-4 gap-y-1 font-mono text-[0.8125rem]">
          {names.map((name) => (
            <Fact key={name} name={name}>
              {headers[name]}
            </Fact>
          ))}
        </dl>
      )}
      {body === '' ? (
        <p className="text-muted">Empty body</p>
      ) : (
        <CodeBlock code={prettyBody(body)} label={`${title} body`} what={`the ${title.toLowerCase()} body`} />
      )}
    </section>
  )
}
