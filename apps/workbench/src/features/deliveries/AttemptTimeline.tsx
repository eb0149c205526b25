import type { AttemptDocument, DeliveryDetailDocument } from '@sluice/model'
import { ChevronRight } from 'lucide-react'
import type { ReactNode } from 'react'
import { CodeBlock } from '../../ui/CodeBlock.tsx'
import { TimeUntil } from '../../ui/TimeAgo.tsx'
import { absoluteTime, durationWords } from '../../ui/time-words.ts'
import { prettyBody } from '../requests/pretty-body.ts'
import { attemptWords } from './delivery-words.ts'

const DOTS: Record<AttemptDocument['outcome'], string> = {
  delivered: 'bg-ok',
  failed: 'bg-warn',
  refused: 'bg-bad',
  late: 'bg-line-strong',
}

/** Attempts, newest first, above them when the next one is due. The newest is open. */
export function AttemptTimeline({ delivery }: { delivery: DeliveryDetailDocument }): ReactNode {
  const { attempts_made: attempts, status, next_attempt_at: nextAt, failures } = delivery
  return (
    <ol className="relative grid gap-4 before:absolute before:top-2 before:bottom-2 before:left-[0.3125rem] before:w-px before:bg-line">
      {status === 'pending' && (
        <li className="relative pl-6">
          <span
            aria-hidden
            className="absolute top-1.5 left-0 size-[0.6875rem] rounded-full border-[1.5px] border-line-strong bg-raised"
          />
          <p className="text-muted">
            {nextAt === null ? 'Waiting' : <TimeUntil at={nextAt} prefix="Next attempt " />}
            {failures > 0 && `, after ${failures} of at most 10 failures`}
          </p>
        </li>
      )}
      {attempts.toReversed().map((attempt, index) => (
        <Attempt key={attempt.number} attempt={attempt} isNewest={index === 0} />
      ))}
      {attempts.length === 0 && status !== 'pending' && <li className="pl-6 text-muted">It was never attempted.</li>}
    </ol>
  )
}

function Attempt({ attempt, isNewest }: { attempt: AttemptDocument; isNewest: boolean }): ReactNode {
  const { number, at, duration_ms: ms, outcome, error } = attempt
  return (
    <li data-attempt={number} className="relative pl-6">
      <span aria-hidden className={`absolute top-1.5 left-0 size-[0.6875rem] rounded-full ${DOTS[outcome]}`} />
      <details open={isNewest} className="group">
        <summary className="flex flex-wrap items-baseline gap-x-3 rounded">
          <ChevronRight
            size={14}
            aria-hidden
            className="-mr-2 shrink-0 self-center text-muted transition-transform group-open:rotate-90"
          />
          <span className="font-medium">{attemptWords(attempt)}</span>
          <span className="text-[0.8125rem] text-muted tabular-nums">{durationWords(ms)}</span>
          <time dateTime={at} title={absoluteTime(at)} className="ml-auto text-[0.8125rem] text-muted tabular-nums">
            #{number} · {new Date(at).toLocaleString(undefined, { dateStyle: 'short', timeStyle: 'medium' })}
          </time>
        </summary>
        <div className="mt-2 grid grid-cols-1 gap-3">
          {error !== null && <p className="text-bad">{error}</p>}
          <Headers title="Request headers" headers={attempt.request_headers} />
          <Headers title="Response headers" headers={attempt.response_headers} />
          {attempt.response_body !== '' && (
            <CodeBlock
              code={prettyBody(attempt.response_body)}
              label={`Response body of attempt ${number}`}
              what="the response body"
            />
          )}
        </div>
      </details>
    </li>
  )
}

function Headers({ title, headers }: { title: string; headers: Record<string, string> }): ReactNode {
  const names = Object.keys(headers)
  if (names.length === 0) return null
  return (
    <div>
      <h4 className="mb-1 text-[0.8125rem] text-muted">{title}</h4>
      <dl className="grid grid-cols-1 gap-x-4 gap-y-1 font-mono text-[0.8125rem] sm:grid-cols-[max-content_minmax(0,1fr)]">
        {names.map((name) => (
          <div key={name} className="contents">
            <dt className="text-muted max-sm:mt-1">{name}</dt>
            <dd className="min-w-0 break-all">{headers[name]}</dd>
          </div>
        ))}
      </dl>
    </div>
  )
}
