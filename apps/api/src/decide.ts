import type { Change, Sample } from '@sluice/model'
import { lockTriggers, readInputs, saveDecisions } from '@sluice/store'
import type { Decision, StoredFiring, Transaction, TriggerCache, WatchingTrigger } from '@sluice/store'
import { evaluateCommit, outcomeOf, renderFiring } from '@sluice/triggers'
import type { Observation } from '@sluice/triggers'
import { newestOf } from './foresee.ts'

/**
 * Decides which triggers fire on these changes, and puts their deliveries into the same transaction.
 * @param lockedFeeds the feeds that were locked before the append
 * @throws {UnlockedFeeds} a rule looks at several datastreams of a feed that is not among them: nothing may be kept of
 *   the transaction, and it is to be run again with these feeds locked
 */
export type Decide = (
  tx: Transaction,
  changes: readonly Change[],
  lockedFeeds: readonly number[],
) => Promise<StoredFiring[]>

export class UnlockedFeeds extends Error {
  override readonly name = 'UnlockedFeeds'
  readonly feedIds: readonly number[]

  constructor(feedIds: readonly number[]) {
    super(`rules over several datastreams need a lock on the feeds ${feedIds.join(', ')}`)
    this.feedIds = feedIds
  }
}

/**
 * The place of triggers in the transaction of the datapoint: rules and their states are read, evaluated by pure
 * functions, and what fires goes to the outbox, so that a crossing and its delivery are committed together or not at
 * all. Runs only for datastreams that have a trigger, whose rows the append has locked.
 * @param parts.publicUrl what the URLs in deliveries start with
 * @param cache filled with what is learned about datastreams
 */
export function makeDecide({ publicUrl }: { publicUrl(): string }, cache: TriggerCache = new Map()): Decide {
  return async (tx, changes, lockedFeeds) => {
    const byStream = new Map(changes.map((change) => [change.streamKey, change]))
    const triggers = await lockTriggers(tx, changes, cache)
    if (triggers.length === 0) return []
    requireLocks(triggers, lockedFeeds)
    const others = await readOthers(tx, triggers, byStream)
    const decisions = triggers.flatMap((trigger) => decide(trigger, byStream, others))
    remember(cache, changes, decisions)
    return saveDecisions(tx, decisions, renderFiring(publicUrl()))
  }
}

/** Where nothing was decided the newest value is remembered. If this is not committed, the guard of an append finds out. */
function remember(cache: TriggerCache, changes: readonly Change[], decisions: readonly Decision[]): void {
  for (const { trigger } of decisions) for (const key of Object.values(trigger.streamKeys)) cache.delete(key)
  for (const { streamKey, previous, points, arrivedAt } of changes) {
    const entry = cache.get(streamKey)
    const newest = entry && newestOf(previous, points, arrivedAt)
    if (entry && newest) entry.newest = newest
  }
}

function requireLocks(triggers: readonly WatchingTrigger[], lockedFeeds: readonly number[]): void {
  const shared = triggers.filter(({ rule }) => rule.conditions.length > 1).map(({ feedId }) => feedId)
  const unlocked = [...new Set(shared)].filter((feedId) => !lockedFeeds.includes(feedId))
  if (unlocked.length > 0) throw new UnlockedFeeds(unlocked)
}

type Others = ReadonlyMap<number, Sample>

/** What the rules over several datastreams know of those that this commit did not touch. */
async function readOthers(
  tx: Transaction,
  triggers: readonly WatchingTrigger[],
  changed: ReadonlyMap<number, Change>,
): Promise<Others> {
  const keys = new Set(triggers.flatMap(({ streamKeys }) => Object.values(streamKeys)))
  const untouched = [...keys].filter((key) => !changed.has(key))
  return untouched.length > 0 ? readInputs(tx, untouched) : new Map<number, Sample>()
}

/** None where nothing is to be kept, which is what most values lead to. */
function decide(trigger: WatchingTrigger, changed: ReadonlyMap<number, Change>, others: Others): Decision[] {
  const inputs = new Map<string, Sample | null>()
  const observations: Observation[] = []
  for (const [datastreamId, key] of Object.entries(trigger.streamKeys)) {
    const change = changed.get(key)
    inputs.set(datastreamId, change ? change.previous : (others.get(key) ?? null))
    if (!change) continue
    for (const point of change.points) observations.push({ ...point, datastreamId, arrivedAt: change.arrivedAt })
  }
  const step = evaluateCommit(trigger.rule, { state: trigger.state, inputs }, observations)
  const outcome = outcomeOf(trigger.rule, step)
  const isUnchanged = outcome.state === trigger.state && outcome.fired.length === 0
  return isUnchanged && trigger.isIdle === (outcome.dueAt === null) ? [] : [{ trigger, ...outcome }]
}
