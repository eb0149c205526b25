import type { DatastreamDocument } from '@sluice/model'
import { useMemo, useState } from 'react'
import type { ReactNode } from 'react'
import { Boundary } from '../../ui/Boundary.tsx'
import { ErrorNotice } from '../../ui/ErrorNotice.tsx'
import { Segments } from '../../ui/Segments.tsx'
import { Skeleton } from '../../ui/Skeleton.tsx'
import { unitWords } from '../channels/unit-words.ts'
import { isNumeric } from '../graph/points.ts'
import { Moments } from './Moments.tsx'
import { PreviewChart } from './PreviewChart.tsx'
import { RangeFields } from './RangeFields.tsx'
import { backtestWords } from './backtest.ts'
import type { Backtest } from './backtest.ts'
import { previewLines, previewZones } from './preview-lines.ts'
import type { PreviewLine } from './preview-lines.ts'
import { previewWindow } from './preview-search.ts'
import type { EditorSearch, SearchChange } from './preview-search.ts'
import { ruleErrors } from './trigger-errors.ts'
import { ruleDocument } from './trigger-form.ts'
import type { TriggerForm } from './trigger-form.ts'
import { useBacktest } from './useBacktest.ts'
import { usePreviewHistory } from './usePreviewHistory.ts'

type Props = {
  form: TriggerForm
  streams: readonly DatastreamDocument[] | undefined
  search: EditorSearch
  onSearch(change: SearchChange): void
  onLine(line: PreviewLine, value: string): void
}

/** What the rule would have done: stored values, the rule's lines over them, and the moments at which it would have fired. */
export function PreviewPanel({ form, streams, search, onSearch, onLine }: Props): ReactNode {
  const { range, from, to, at } = search
  // a range ends when the page was opened, or every moment would be another question
  const [nowMs] = useState(() => Date.now())
  const window = useMemo(() => previewWindow({ range, from, to }, nowMs), [range, from, to, nowMs])
  const watched = [...new Set(form.conditions.map(({ streamId }) => streamId).filter((id) => id !== ''))]
  const [chosen, setChosen] = useState('')
  const shownId = watched.includes(chosen) ? chosen : (watched[0] ?? '')
  const stream = streams?.find(({ id }) => id === shownId)
  const request = useMemo(() => {
    if (Object.keys(ruleErrors(form)).length > 0) return null
    const [start, end] = [window.startMs, window.endMs].map((ms) => new Date(ms).toISOString())
    return JSON.stringify({ ...ruleDocument(form), start, end })
  }, [form, window])
  const backtest = useBacktest(request)
  return (
    <section aria-label="Preview" className="panel min-w-0 p-4 sm:p-5">
      <div className="mb-3 flex flex-wrap items-start gap-x-4 gap-y-3">
        <Summary backtest={backtest} window={window.words} />
        <RangeFields search={search} window={window} onSearch={onSearch} />
      </div>
      {watched.length > 1 && (
        <div className="mb-3">
          <Segments
            label="Channel shown"
            options={watched.map((id) => ({ id, label: id }))}
            value={shownId}
            onChange={(id) => setChosen(id)}
          />
        </div>
      )}
      {shownId === '' ? (
        <Nothing>Choose a channel to see its values here, and when the rule would have fired.</Nothing>
      ) : (
        <Boundary key={shownId} what="The graph could not be shown.">
          <Graph {...{ form, shownId, stream, backtest, at, window, onLine, onSearch }} />
        </Boundary>
      )}
      <Moments backtest={backtest} open={at} onOpen={(at) => onSearch({ at })} />
    </section>
  )
}

function Summary({ backtest, window }: { backtest: Backtest; window: string }): ReactNode {
  const isBusy = backtest.phase === 'running' || backtest.phase === 'stale'
  return (
    <div className="mr-auto min-w-0 flex-1 basis-64" role="status" aria-busy={isBusy} data-backtest={backtest.phase}>
      <p className={`text-base font-semibold ${backtest.phase === 'failed' ? 'text-bad' : ''}`}>
        {backtestWords(backtest, window)}
      </p>
      <p className="min-h-5 text-[0.8125rem] text-muted">
        {backtest.points > 0 &&
          `Tried on ${backtest.points.toLocaleString('en')} stored ${backtest.points === 1 ? 'value' : 'values'}, as it would be live.`}
      </p>
    </div>
  )
}

type GraphProps = {
  form: TriggerForm
  shownId: string
  stream: DatastreamDocument | undefined
  backtest: Backtest
  at: string | undefined
  window: { startMs: number; endMs: number }
  onLine: Props['onLine']
  onSearch: Props['onSearch']
}

function Graph({ form, shownId, stream, backtest, at, window, onLine, onSearch }: GraphProps): ReactNode {
  const { data, error, isPending, refetch } = usePreviewHistory(Number(form.feedId), shownId, window)
  const { startMs, endMs } = window
  const bounds = useMemo(() => [startMs / 1000, endMs / 1000] as const, [startMs, endMs])
  const near = useMemo(() => {
    if (at === undefined) return null
    const [middle, half] = [Date.parse(at) / 1000, (endMs - startMs) / 1000 / 48]
    return [middle - half, middle + half] as const
  }, [at, startMs, endMs])
  const lines = useMemo(() => previewLines(form.conditions, shownId), [form.conditions, shownId])
  const zones = useMemo(() => previewZones(form.conditions, shownId), [form.conditions, shownId])
  const marks = useMemo(
    () =>
      backtest.firings.map(({ at, stream_id: id, value }) => {
        const number = id === shownId && value !== null ? Number(value) : Number.NaN
        return { time: Date.parse(at) / 1000, value: Number.isFinite(number) ? number : null }
      }),
    [backtest.firings, shownId],
  )
  if (error !== null && data === undefined) {
    return <ErrorNotice error={error} what="The history could not be loaded." onRetry={() => void refetch()} />
  }
  if (isPending) return <Skeleton className="h-80" />
  if (!isNumeric(data.points, stream?.current_value)) {
    return <Nothing>This channel holds text, which is no line. The moments are listed below.</Nothing>
  }
  return (
    <>
      <PreviewChart
        {...{ points: data.points, window: bounds, near, lines, zones, marks, onLine }}
        name={shownId}
        unit={unitWords(stream?.unit)}
        onReset={() => onSearch({ at: undefined })}
      />
      {data.leftOut !== null && (
        <p className="mt-2 text-[0.8125rem] text-muted">
          The graph leaves out the middle of this window, because it would be too many values. The rule was tried on all
          of them.
        </p>
      )}
    </>
  )
}

function Nothing({ children }: { children: ReactNode }): ReactNode {
  return <p className="grid h-64 place-items-center rounded-lg bg-sunken px-8 text-center text-muted">{children}</p>
}
