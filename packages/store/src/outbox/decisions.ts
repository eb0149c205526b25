import { randomUUID } from 'node:crypto'
import type { Fired, Location, Micros, RuleState, Unit } from '@sluice/model'
import type { Queryable } from '../database.ts'
import { microsOf, timestampParam } from '../timestamp-sql.ts'
import type { WatchingTrigger } from './rules.ts'

/** What a rule made of a commit, or of passing time. */
export type Decision = {
  trigger: WatchingTrigger
  state: RuleState
  /** when the worker has to look at it, null for never */
  dueAt: Micros | null
  fired: Fired[]
  /** newest value of each of the rule's datastreams */
  values: Record<string, string | null>
}

/** What a message says about the feed and the datastream that a firing is about. */
export type FiringSubject = {
  /** the platform's clock */
  firedAt: Micros
  feed: { id: number; title: string; description: string | null; location: Location }
  datastream: {
    id: string
    unit: Unit
    maxValue: number | null
    minValue: number | null
    currentValue: string | null
  }
}

/** A firing in the outbox. */
export type StoredFiring = { deliveryId: string; decision: Decision; fired: Fired }

/** Writes the message of a firing. Pure. */
export type RenderFiring = (firing: StoredFiring, subject: FiringSubject) => { contentType: string; body: string }

/**
 * Keeps new states, and puts firings into the outbox, in the transaction that decided them. States that did not change
 * are left out by the caller.
 * @returns the firings with the ids of their deliveries, to be announced after COMMIT
 */
export async function saveDecisions(
  tx: Queryable,
  decisions: readonly Decision[],
  render: RenderFiring,
): Promise<StoredFiring[]> {
  if (decisions.length === 0) return []
  const firings = decisions.flatMap((decision) =>
    decision.fired.map((fired) => ({ deliveryId: randomUUID(), decision, fired })),
  )
  const subjects = firings.length > 0 ? await readSubjects(tx, firings) : new Map<string, FiringSubject>()
  const states = decisions.map(({ trigger, state, dueAt, fired }) => ({
    id: trigger.id,
    state,
    due: dueAt === null ? null : timestampParam(dueAt),
    fired: fired.length,
  }))
  await tx.query({
    name: 'decisions-states',
    text: SAVE_STATES,
    values: [JSON.stringify(states), decisions.map(({ trigger }) => trigger.id)],
  })
  const keys = new Set(decisions.flatMap(({ trigger }) => Object.values(trigger.streamKeys)))
  await tx.query({ name: 'decisions-revision', text: RAISE_REVISION, values: [[...keys]] })
  const rows = firings.flatMap((firing) => {
    const subject = subjects.get(subjectKey(firing))
    return subject ? [rowOf(firing, render(firing, subject))] : []
  })
  if (rows.length > 0) await tx.query({ name: 'decisions-deliveries', text: INSERT, values: [JSON.stringify(rows)] })
  return firings
}

const SAVE_STATES = `
  update trigger_state s set state = u.state, due_at = u.due, firings = s.firings + u.fired,
    notified_at = case when u.fired > 0 then platform_now() else s.notified_at end
  from jsonb_to_recordset($1) u (id bigint, state jsonb, due timestamptz, fired integer)
  where s.trigger_id = u.id and s.trigger_id = any($2::bigint[])`

/** What is remembered of these triggers anywhere is void from the commit on. The rows are locked already. */
const RAISE_REVISION = `
  update datastream set trigger_revision = trigger_revision + 1 where key = any($1::bigint[])`

const INSERT = `
  insert into delivery (id, account_id, endpoint_id, trigger_id, trigger_name, firing, feed_id, datastream_id, cause, at,
    value, hops, action, content_type, body)
  select id, account_id, endpoint_id, trigger_id, trigger_name, firing, feed_id, datastream_id, cause, at,
    value, hops, action, content_type, body
  from jsonb_to_recordset($1) d (id uuid, account_id bigint, endpoint_id bigint, trigger_id bigint, trigger_name text,
    firing bigint, feed_id bigint, datastream_id text, cause text, at timestamptz, value text, hops smallint,
    action jsonb, content_type text, body text)`

function rowOf(
  { deliveryId, decision, fired }: StoredFiring,
  { contentType, body }: { contentType: string; body: string },
): Record<string, unknown> {
  const { trigger } = decision
  return {
    id: deliveryId,
    account_id: trigger.accountId,
    endpoint_id: trigger.endpointId,
    trigger_id: trigger.id,
    trigger_name: trigger.name,
    firing: trigger.firings + decision.fired.indexOf(fired) + 1,
    feed_id: trigger.feedId,
    datastream_id: fired.datastreamId,
    cause: fired.cause,
    at: timestampParam(fired.at),
    value: fired.value,
    hops: fired.hops,
    action: trigger.action,
    content_type: contentType,
    body,
  }
}

const subjectKey = ({ decision, fired }: StoredFiring): string =>
  `${decision.trigger.streamKeys[fired.datastreamId] ?? ''}`

type SubjectRow = Omit<FiringSubject['datastream'], 'unit'> &
  Omit<FiringSubject['feed'], 'id' | 'location'> & {
    key: number
    now: Micros
    feedId: number
    locationName: string | null
    lat: number | null
    lon: number | null
    unitType: Unit['type'] | null
    unitSymbol: string | null
    unitLabel: string | null
  }

async function readSubjects(tx: Queryable, firings: readonly StoredFiring[]): Promise<Map<string, FiringSubject>> {
  const { rows } = await tx.query<SubjectRow>({
    name: 'firing-subjects',
    text: `select d.key, d.id, d.unit_type as "unitType", d.unit_symbol as "unitSymbol", d.unit_label as "unitLabel",
        d.max_value as "maxValue", d.min_value as "minValue", d.current_value as "currentValue", f.id as "feedId",
        f.title, f.description, f.location_name as "locationName", f.lat, f.lon, ${microsOf('platform_now()')} as now
      from datastream d join feed f on f.id = d.feed_id where d.key = any($1::bigint[])`,
    values: [`{${[...new Set(firings.map(subjectKey))].filter((key) => key !== '').join(',')}}`],
  })
  return new Map(rows.map((row) => [String(row.key), subjectOf(row)]))
}

function subjectOf(row: SubjectRow): FiringSubject {
  const location: Location = {}
  if (row.locationName !== null) location.name = row.locationName
  if (row.lat !== null) location.lat = row.lat
  if (row.lon !== null) location.lon = row.lon
  const unit: Unit = {}
  if (row.unitType !== null) unit.type = row.unitType as NonNullable<Unit['type']>
  if (row.unitSymbol !== null) unit.symbol = row.unitSymbol
  if (row.unitLabel !== null) unit.label = row.unitLabel
  return {
    firedAt: row.now,
    feed: { id: row.feedId, title: row.title, description: row.description, location },
    datastream: {
      id: row.id,
      unit,
      maxValue: row.maxValue,
      minValue: row.minValue,
      currentValue: row.currentValue,
    },
  }
}
