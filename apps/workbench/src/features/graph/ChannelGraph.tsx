import type { DatastreamDocument } from '@sluice/model'
import { getRouteApi } from '@tanstack/react-router'
import { ChartLine, Table2 } from 'lucide-react'
import type { ReactNode } from 'react'
import { ErrorNotice } from '../../ui/ErrorNotice.tsx'
import { Segments } from '../../ui/Segments.tsx'
import { Skeleton } from '../../ui/Skeleton.tsx'
import { absoluteTime } from '../../ui/time-words.ts'
import { unitWords } from '../channels/unit-words.ts'
import { RANGES, changedSearch } from '../device/device-search.ts'
import { LiveGraph } from './LiveGraph.tsx'
import { ValueTable } from './ValueTable.tsx'
import { isNumeric } from './points.ts'
import { useSeries } from './useSeries.ts'
import type { Series } from './useSeries.ts'

const route = getRouteApi('/shell/signed-in/devices/$deviceId')

/** The selected channel over the range in the URL: a live graph, or the values as a table. */
export function ChannelGraph({ feedId, stream }: { feedId: number; stream: DatastreamDocument }): ReactNode {
  const { range = '1h', view, at } = route.useSearch()
  const { spanS, label } = RANGES.find(({ id }) => id === range) ?? RANGES[0]
  const series = useSeries(feedId, stream.id, spanS)
  const isText = !series.isLoading && !isNumeric(series.points, stream.current_value)
  const isTable = view === 'table' || isText
  return (
    <section aria-label={`${stream.id}, last ${label}`} className="panel min-w-0 p-4 sm:p-5">
      <div className="mb-4 flex flex-wrap items-center gap-x-4 gap-y-3">
        <h2 className="mr-auto min-w-0 truncate text-base font-semibold">{stream.id}</h2>
        <div className="max-sm:order-last max-sm:w-full">
          <RangeChoice />
        </div>
        {!isText && <ViewChoice isTable={isTable} />}
      </div>
      <Body {...{ stream, series, spanS, isTable, label, at }} />
    </section>
  )
}

type BodyProps = {
  stream: DatastreamDocument
  series: Series
  spanS: number
  isTable: boolean
  label: string
  at: string | undefined
}

function Body({ stream, series, spanS, isTable, label, at }: BodyProps): ReactNode {
  const unit = unitWords(stream.unit)
  if (series.error !== null && series.points.length === 0) {
    return <ErrorNotice error={series.error} what="The history could not be loaded." onRetry={series.retry} />
  }
  if (series.isLoading) return <Skeleton className="h-80" />
  if (isTable) return <ValueTable points={series.points} unit={unit} rangeLabel={label} />
  return (
    <>
      <LiveGraph key={at} points={series.points} spanS={spanS} name={stream.id} unit={unit} at={at} />
      <p className="mt-2 min-h-5 text-[0.8125rem] text-muted">
        {series.points.length === 0 &&
          `Nothing in the last ${label}. The newest value is older: choose a longer range.`}
        {series.points.length > 0 &&
          `${series.points.length.toLocaleString()} ${series.points.length === 1 ? 'value' : 'values'}. `}
        {series.leftOut !== null &&
          `Not drawn, because it would be too many: ${absoluteTime(series.leftOut.start)} to ${absoluteTime(series.leftOut.end)}. Choose a shorter range.`}
      </p>
    </>
  )
}

function RangeChoice(): ReactNode {
  const { range = '1h' } = route.useSearch()
  const navigate = route.useNavigate()
  return (
    <Segments
      label="Time range"
      options={RANGES}
      value={range}
      onChange={(range) =>
        void navigate({
          search: (search) => changedSearch(search, { range, at: undefined }),
          replace: true,
          resetScroll: false,
        })
      }
    />
  )
}

function ViewChoice({ isTable }: { isTable: boolean }): ReactNode {
  const navigate = route.useNavigate()
  const Icon = isTable ? ChartLine : Table2
  const label = isTable ? 'Show as graph' : 'Show as table'
  return (
    <button
      type="button"
      aria-label={label}
      title={label}
      onClick={() =>
        void navigate({
          search: (search) => changedSearch(search, { view: isTable ? undefined : 'table' }),
          replace: true,
          resetScroll: false,
        })
      }
      className="grid size-8 place-items-center rounded-lg border border-line text-muted hover:bg-sunken hover:text-text"
    >
      <Icon size={16} aria-hidden />
    </button>
  )
}
