import type { TraceDocument, TriggerDocument, Verdict } from '@sluice/model'
import { useQuery } from '@tanstack/react-query'
import { RefreshCw } from 'lucide-react'
import type { ReactNode } from 'react'
import { client } from '../../client.ts'
import { Button } from '../../ui/Button.tsx'
import { ErrorNotice } from '../../ui/ErrorNotice.tsx'
import { SkeletonRows } from '../../ui/Skeleton.tsx'
import { absoluteTime } from '../../ui/time-words.ts'
import { conditionWords } from './rule-words.ts'
import { VERDICT_WORDS, heldWords } from './verdict-words.ts'

/** evaluations shown */
const SHOWN = 100
/** the trace is made anew at most this often while it is open */
const REFRESH_MS = 10_000

const LOOKS: Partial<Record<Verdict, string>> = {
  fired: 'bg-ok-soft text-ok',
  waiting: 'bg-accent-soft text-accent',
  'too-soon': 'bg-warn-soft text-warn',
  late: 'bg-warn-soft text-warn',
  'not-armed': 'bg-warn-soft text-warn',
  'not-numeric': 'bg-bad-soft text-bad',
}

/** Why it did, or did not, fire: the newest values that it saw and what it made of each. */
export function TraceTab({ trigger }: { trigger: TriggerDocument }): ReactNode {
  const { data, error, isFetching, refetch } = useQuery({
    queryKey: ['trace', trigger.id, trigger.updated_at],
    queryFn: () => client.triggers.trace(trigger.id, { limit: SHOWN }),
    refetchInterval: REFRESH_MS,
  })
  return (
    <div className="grid grid-cols-1 gap-4">
      <div className="flex flex-wrap items-center gap-3">
        <div className="mr-auto">
          <h2 className="text-base font-semibold">Why it did, or did not, fire</h2>
          <p className="text-[0.8125rem] text-muted">
            The last {SHOWN} values since the rule was saved, newest first, decided by the rule again.
          </p>
        </div>
        <Button size="s" isBusy={isFetching} onClick={() => void refetch()}>
          <RefreshCw size={14} aria-hidden /> Read again
        </Button>
      </div>
      {error !== null && data === undefined && (
        <ErrorNotice error={error} what="The trace could not be loaded." onRetry={() => void refetch()} />
      )}
      {data === undefined && error === null && <SkeletonRows rows={5} className="h-12" />}
      {data?.length === 0 && (
        <p className="panel p-10 text-center text-muted">
          The rule has seen no value since it was saved. The next value of{' '}
          {[...new Set(trigger.conditions.map(({ stream_id: id }) => id))].join(' or ')} shows up here.
        </p>
      )}
      {data !== undefined && data.length > 0 && (
        <ol aria-label="Evaluations" className="panel divide-y divide-line overflow-hidden">
          {data.map((entry) => (
            <Evaluation
              key={`${entry.arrived_at} ${entry.at} ${entry.stream_id} ${entry.verdict}`}
              entry={entry}
              trigger={trigger}
            />
          ))}
        </ol>
      )}
    </div>
  )
}

function Evaluation({ entry, trigger }: { entry: TraceDocument; trigger: TriggerDocument }): ReactNode {
  const { word, why } = VERDICT_WORDS[entry.verdict]
  const isLate = Date.parse(entry.arrived_at) - Date.parse(entry.at) > 60_000
  return (
    <li
      data-verdict={entry.verdict}
      className="grid grid-cols-[minmax(0,1fr)_auto] items-baseline gap-x-4 gap-y-1 px-4 py-2.5 md:grid-cols-[8rem_minmax(0,2fr)_minmax(0,3fr)_11rem]"
    >
      <span>
        <span
          className={`inline-block rounded-md px-1.5 py-px text-[0.8125rem] font-medium whitespace-nowrap ${LOOKS[entry.verdict] ?? 'bg-sunken text-muted'}`}
        >
          {word}
        </span>
      </span>
      <span className="min-w-0 max-md:order-3 max-md:col-span-2">
        <span className="block truncate">
          {entry.stream_id}{' '}
          <span className="font-mono text-[0.8125rem] font-medium">
            {entry.value === null ? 'no value' : entry.value}
          </span>
        </span>
        <span className="block text-[0.8125rem] text-muted">{why}</span>
      </span>
      <ul className="min-w-0 text-[0.8125rem] max-md:order-4 max-md:col-span-2">
        {trigger.conditions.map((condition, index) => {
          const { sign, word } = heldWords(entry.held[index])
          return (
            <li key={conditionWords(condition)} className="flex gap-2 text-muted">
              <span aria-hidden className={`w-3 shrink-0 text-center ${sign === '✓' ? 'text-ok' : ''}`}>
                {sign}
              </span>
              <span className="min-w-0">
                {conditionWords(condition)} <span className="sr-only">{word}</span>
              </span>
            </li>
          )
        })}
      </ul>
      <time
        dateTime={entry.at}
        title={`Measured ${absoluteTime(entry.at)}\nArrived ${absoluteTime(entry.arrived_at)}`}
        className="text-right text-[0.8125rem] text-muted tabular-nums max-md:order-2"
      >
        {new Date(entry.at).toLocaleString(undefined, { dateStyle: 'short', timeStyle: 'medium' })}
        {isLate && <span className="block">came later</span>}
      </time>
    </li>
  )
}
