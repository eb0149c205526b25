import { SluiceError, type Datapoint, type HistoryFunction, type Micros } from '@sluice/model'
import type { Queryable } from '../database.ts'
import { sqlStateOf } from '../failure.ts'
import { microsOf, timestampParam } from '../timestamp-sql.ts'
import type { HistoryQuery, Sampling } from './history.ts'
import { stepAtOrAfter, stepAtOrBefore, stepsAfter, stepsBefore, stepsBetween, type Steps } from './steps.ts'

export type SampledQuery = HistoryQuery & { sampling: Sampling }
type History = Map<number, Datapoint[]>

/** One datastream and the points of it that are looked at, both bounds inclusive. */
type Span = { key: number; from: Micros; to: Micros }
/** A step that has points, and what is answered of them. */
type Found = { key: number; step: Micros; at: Micros; value: string }

/** `queryHistory` for one point a step. The limit was cut to the number of datastreams before. */
export async function querySampled(db: Queryable, keys: readonly number[], query: SampledQuery): Promise<History> {
  const { steps, until, as } = query.sampling
  const history: History = new Map(keys.map((key) => [key, []]))
  const last = stepAtOrBefore(steps, until)
  const first = stepAtOrAfter(steps, query.start ?? Number.NEGATIVE_INFINITY)
  if (first === null || last === null || last < first) return history
  if (as === 'values') {
    await addValues(db, history, query, { first, last })
    return history
  }
  const behind = stepsAfter(steps, last, 1) ?? last + 1
  const bounds =
    as === 'points'
      ? { from: query.start ?? first, to: last }
      : { from: first, to: Math.min(query.end ?? behind - 1, behind - 1) }
  const spans = keys.map((key) => ({ key, ...bounds }))
  for (const { key, at, value } of await findSteps(db, spans, query)) history.get(key)?.push({ at, value })
  return history
}

/** Every step from a datastream's first point on has a value: it stays until the next one. */
async function addValues(
  db: Queryable,
  history: History,
  query: SampledQuery,
  bounds: { first: Micros; last: Micros },
): Promise<void> {
  const { steps } = query.sampling
  const spans = await spansOfValues(db, [...history.keys()], query, bounds)
  const values = await newestBefore(db, spans)
  const changes = Map.groupBy(
    await findSteps(db, spans, {
      limit: query.limit,
      newest: false,
      sampling: { ...query.sampling, as: 'points' },
    }),
    ({ key }) => key,
  )
  for (const { key, from, to } of spans) {
    const points = history.get(key)
    const ahead = changes.get(key) ?? []
    let value = values.get(key)
    for (const step of stepsBetween(steps, from, to)) {
      if (ahead[0]?.step === step) value = ahead.shift()?.value
      if (value !== undefined) points?.push({ at: step, value })
    }
  }
}

/** From which step to which the values of each datastream are answered; none where it has no point by then. */
async function spansOfValues(
  db: Queryable,
  keys: readonly number[],
  { newest, limit, skip = 0, sampling: { steps } }: SampledQuery,
  { first, last }: { first: Micros; last: Micros },
): Promise<Span[]> {
  if (newest) {
    const to = stepsBefore(steps, last, skip)
    if (to === null || to < first) return []
    const from = Math.max(stepsBefore(steps, to, limit - 1) ?? first, first)
    return keys.map((key) => ({ key, from, to }))
  }
  const begins = await firstPoints(db, keys, { from: first, to: last })
  return Array.from(begins, ([key, at]) => {
    const from = stepsAfter(steps, stepAtOrAfter(steps, at) ?? last, skip) ?? last + 1
    return { key, from, to: Math.min(stepsAfter(steps, from, limit - 1) ?? last, last) }
  }).filter(({ from }) => from <= last)
}

/** `from` where there is a point at it or before, else the time of the first one. */
async function firstPoints(
  db: Queryable,
  keys: readonly number[],
  { from, to }: { from: Micros; to: Micros },
): Promise<Map<number, Micros>> {
  const { rows } = await db.query<{ key: number; at: Micros }>(
    `select s.key, ${microsOf('f.at')} as at
     from unnest($1::bigint[]) as s (key)
     cross join lateral (
       select case when exists (select from datapoint where stream_key = s.key and at <= $2::timestamptz)
         then $2::timestamptz
         else (select at from datapoint where stream_key = s.key and at > $2::timestamptz and at <= $3::timestamptz
               order by at limit 1) end as at
     ) f where f.at is not null`,
    [keys, timestampParam(from), timestampParam(to)],
  )
  return new Map(rows.map(({ key, at }) => [key, at]))
}

/** The value at the beginning of each span, however old it is. */
async function newestBefore(db: Queryable, spans: readonly Span[]): Promise<Map<number, string>> {
  const { rows } = await db.query<{ key: number; value: string }>(
    `select s.key, p.value
     from unnest($1::bigint[], $2::timestamptz[]) as s (key, until)
     cross join lateral (
       select value from datapoint where stream_key = s.key and at <= s.until order by at desc limit 1
     ) p`,
    [spans.map(({ key }) => key), spans.map(({ from }) => timestampParam(from))],
  )
  return new Map(rows.map(({ key, value }) => [key, value]))
}

/** The steps of each span that have points, `limit` of them at most, in order of time. */
async function findSteps(
  db: Queryable,
  spans: readonly Span[],
  { limit, newest, skip = 0, sampling: { steps, as } }: Pick<SampledQuery, 'limit' | 'newest' | 'skip' | 'sampling'>,
): Promise<Found[]> {
  if (spans.length === 0) return []
  const values = [
    spans.map(({ key }) => key),
    spans.map(({ from }) => timestampParam(from)),
    spans.map(({ to }) => timestampParam(to)),
    // what ended before is of no use, and would be looked through at each step
    ...stepParams(steps, Math.min(...spans.map(({ from }) => from))),
    skip,
    skip + limit,
  ]
  const { rows } = await db.query<Found>(statementOf(as, newest), values).catch((error: unknown) => {
    throw sqlStateOf(error) === OUT_OF_RANGE ? tooLarge(as) : error
  })
  if (rows.some(({ value }) => value === 'Infinity' || value === '-Infinity' || value === 'NaN')) throw tooLarge(as)
  return rows
}

/** Postgres: `numeric_value_out_of_range` */
const OUT_OF_RANGE = '22003'

const tooLarge = (name: string): SluiceError =>
  new SluiceError('unprocessable', `function ${name} of these values is too large for a number`)

function stepParams({ intervalUs, runs }: Steps, from: Micros): unknown[] {
  const left = runs.filter(({ last }) => last >= from)
  return [
    `${intervalUs / 1e6} seconds`,
    left.map(({ first }) => timestampParam(first)),
    left.map(({ last }) => timestampParam(last)),
  ]
}

const TICK = `interval '1 microsecond'`
const atOrAfter = (at: string): string => `(
  select greatest(r.first, date_bin($4::interval, ${at} - ${TICK}, r.first) + $4::interval)
  from run r where r.last >= ${at} order by r.first limit 1)`
const atOrBefore = (at: string): string => `(
  select least(r.last, date_bin($4::interval, ${at}, r.first))
  from run r where r.first <= ${at} order by r.first desc limit 1)`

/** Results as decimal text without an exponent: sums of doubles to the 15 digits that are sure, extremes as they are. */
const FUNCTIONS: Record<HistoryFunction, string> = {
  average: '(sum(number) / count(number))::numeric::text',
  sum: 'sum(number)::numeric::text',
  median: '(percentile_cont(0.5) within group (order by number))::numeric::text',
  min: 'min(number)::text::numeric::text',
  max: 'max(number)::text::numeric::text',
  count: 'count(number)::text',
}

/**
 * A look-up finds the next point, the step it belongs to, and where the step after that begins; and so on, so that
 * steps without points cost nothing. Then each step is answered from its own points.
 */
function statementOf(as: Sampling['as'], newest: boolean): string {
  const isPoint = as === 'points' || as === 'values'
  const step = isPoint ? atOrAfter('f.at') : atOrBefore('f.at')
  // where the look-up goes on: just behind what belongs to the step, or just before it
  const [ahead, behind] = isPoint
    ? [`g.step + ${TICK}`, atOrBefore(`(g.step - ${TICK})`)]
    : [atOrAfter(`(g.step + ${TICK})`), `g.step - ${TICK}`]
  const next = (from: string, to: string, row: string): string => `
    cross join lateral (
      select at from datapoint where stream_key = ${row}.key and at >= ${from} and at <= ${to}
      order by at ${newest ? 'desc' : 'asc'} limit 1
    ) f
    cross join lateral (select ${step} as step offset 0) g
    cross join lateral (select ${newest ? behind : ahead} as edge) e`
  return `
  with recursive run as materialized (
    select first, last from unnest($5::timestamptz[], $6::timestamptz[]) as r (first, last)
  ), found as (
    select s.key, s.first, s.last, 1 as n, f.at, g.step, e.edge
    from unnest($1::bigint[], $2::timestamptz[], $3::timestamptz[]) as s (key, first, last)
    ${next('s.first', 's.last', 's')}
    union all
    select d.key, d.first, d.last, d.n + 1, f.at, g.step, e.edge
    from found d ${newest ? next('d.first', 'd.edge', 'd') : next('d.edge', 'd.last', 'd')}
    where d.n < $8::int
  )
  select d.key, ${microsOf('d.step')} as step, ${microsOf('p.at')} as at, p.value
  from found d cross join lateral (${isPoint ? POINT : resultOf(as)}) p
  where d.n > $7::int order by d.key, d.step`
}

const POINT = `
  select at, value from datapoint where stream_key = d.key and at >= d.at and at <= d.step order by at desc limit 1`

const resultOf = (name: HistoryFunction): string => `
  select d.step as at, ${FUNCTIONS[name]} as value
  from datapoint where stream_key = d.key and number is not null
    and at >= d.step and at < ${atOrAfter(`(d.step + ${TICK})`)} and at <= d.last
  having count(number) > 0`
