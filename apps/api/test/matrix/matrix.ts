import type { Ask } from './ask.ts'
import { asksOf, methodOf } from './cases.ts'
import type { Case } from './cases.ts'
import { readContents } from './contents.ts'
import { leakOf, wrongOfRefusal, wrongOfService } from './judge.ts'
import type { Asked } from './judge.ts'
import { openCaller, openOwn } from './principals.ts'
import type { Caller, Principal } from './principals.ts'
import { verdictOn } from './rules.ts'
import type { Thing } from './rules.ts'
import { nobodys, STREAMS } from './subject.ts'
import type { Ids, Subject, Variant } from './subject.ts'
import { sideBySide } from './way.ts'
import type { Way } from './way.ts'
import type { World } from './world.ts'

const SIDE_BY_SIDE = 12

/**
 * Asks all of somebody's cases: first what is not served, after which nothing may have changed, then the rest.
 * @param way what leads into the world
 * @returns what was wrong, a sentence each
 */
export async function askAll(world: World, way: Way, cases: readonly Case[]): Promise<string[]> {
  const asking = new Asking(world, way)
  const [refused, served] = [cases.filter((one) => !isServed(one)), cases.filter(isServed)]
  // whatever is made for the asking is made before anything is compared
  for (const { principal, variant } of cases) await asking.callerOf(principal, world.subjects[variant])
  const before = await readContents(world.api.db)
  await sideBySide(refused, SIDE_BY_SIDE, (one) => asking.expectRefusal(one))
  const after = await readContents(world.api.db)
  const changed = Object.keys(before).filter((table) => before[table] !== after[table])
  if (changed.length > 0) asking.wrong.push(`what is not served has changed ${changed.join(', ')}`)
  await sideBySide(served, SIDE_BY_SIDE, (one) => asking.expectService(one))
  return asking.wrong.sort()
}

const isServed = ({ expected }: Case): boolean => expected === 'served'

class Asking {
  readonly wrong: string[] = []
  readonly #world: World
  readonly #way: Way
  readonly #callers = new Map<string, Promise<Caller>>()
  /** what was asked about what nobody has */
  readonly #missing = new Map<string, Promise<Asked>>()

  /** what is written to */
  readonly #written = new Map<Variant, Promise<Subject>>()

  constructor(world: World, way: Way) {
    this.#world = world
    this.#way = way
  }

  /** Who asks for a subject: the same for all subjects, unless it is bound to one. */
  callerOf(principal: Principal, { ids }: Subject): Promise<Caller> {
    const name = `${principal.name} ${principal.isBound ? ids.feed : ''}`
    const known = this.#callers.get(name) ?? openCaller(this.#world, principal, ids)
    this.#callers.set(name, known)
    return known
  }

  async expectRefusal(one: Case): Promise<void> {
    const subject = this.#world.subjects[one.variant]
    const caller = await this.callerOf(one.principal, subject)
    const theirs = await this.#ask(one, subject.ids, caller)
    const nobodysOwn = one.expected === 'refused' ? null : await this.#askMissing(one, caller)
    this.#note(one, theirs, wrongOfRefusal(one, theirs.ask, theirs, nobodysOwn))
    this.#note(
      one,
      theirs,
      leakOf(theirs.answer, subject.marks, () => false),
    )
  }

  async expectService(one: Case): Promise<void> {
    const { principal, variant } = one
    const subject = await this.#subjectFor(one)
    const caller = await this.#callerFor(one, subject)
    const asked = await this.#ask(one, subject.ids, caller)
    const mayRead = (thing: Thing): boolean =>
      verdictOn({ name: principal.name, deed: 'get', thing, variant }) === 'served'
    this.#note(one, asked, wrongOfService(asked.ask, asked.answer, subject.marks))
    this.#note(one, asked, leakOf(asked.answer, subject.marks, mayRead))
    if (one.isWrite) this.#note(one, asked, await this.#wrongOfWrite(one, subject))
  }

  /** What is the caller's own may change, too: it has something else of that kind for each write. */
  async #callerFor({ isWrite, on, route, principal }: Case, subject: Subject): Promise<Caller> {
    if (route === 'DELETE /v2/session') return openCaller(this.#world, principal, subject.ids)
    const caller = await this.callerOf(principal, subject)
    const isOwn = on === 'grant' || on === 'target' || on === 'move'
    return isWrite && isOwn ? { ...caller, ...(await openOwn(this.#world, principal)) } : caller
  }

  /** The subject itself, or another one like it to be written to: one for each principal, and for each write that is final. */
  async #subjectFor({ isWrite, isFinal, on, place, principal, variant }: Case): Promise<Subject> {
    const shared = this.#world.subjects[variant]
    if (!isWrite || place === 'none') return shared
    if (on === 'user' || on === 'removal of a user' || on === 'way in for a user') {
      // the account's own people change nothing of it that matters here
      return principal.of === 'admin' ? withUser(shared, await this.#world.makeUser()) : shared
    }
    if (isFinal) return this.#world.makeSubject({ variant, hooks: on === 'trigger' })
    const known = this.#written.get(variant) ?? this.#world.makeSubject({ variant, hooks: true })
    this.#written.set(variant, known)
    return known
  }

  async #ask(one: Case, ids: Ids, caller: Caller): Promise<Asked & { ask: Ask }> {
    const ask = asksOf(one.route, ids, caller)[one.index]
    if (!ask) throw new Error(`${one.route} is not asked so often`)
    const { key, cookie, headers, carrier = one.carrier } = caller
    const answer = await this.#way.send({
      method: methodOf(one.route, ask),
      path: ask.path,
      of: one.principal.of,
      carrier,
      ...(key !== undefined && { key }),
      ...(cookie !== undefined && { cookie }),
      headers: { ...headers, ...ask.headers },
      ...(ask.body !== undefined && { body: ask.body }),
    })
    return { ask, ids, asked: `${ask.path} ${JSON.stringify(ask.body)}`, answer }
  }

  #askMissing(one: Case, caller: Caller): Promise<Asked> {
    const name = `${one.route} ${one.index} ${one.carrier} ${caller.key ?? caller.cookie ?? ''}`
    const known = this.#missing.get(name) ?? this.#ask(one, nobodys, caller)
    this.#missing.set(name, known)
    return known
  }

  /** Of a feed of which a key was given one datastream, the other one stays as it was. */
  async #wrongOfWrite({ principal, variant }: Case, { ids, marks }: Subject): Promise<string | null> {
    const spared = STREAMS.filter((id) =>
      (['put', 'post', 'delete'] as const).every(
        (deed) => verdictOn({ name: principal.name, deed, thing: id, variant }) !== 'served',
      ),
    )
    if (spared.length === 0 || spared.length === STREAMS.length) return null
    const { rows } = await this.#world.api.db.pool.query<{ id: string; values: string }>(
      `select s.id, string_agg(p.value, ',') as values from datastream s join datapoint p on p.stream_key = s.key
       where s.feed_id = $1 and s.id = any($2) group by s.id`,
      [ids.feed, spared],
    )
    const values = new Map(rows.map((row) => [row.id, row.values]))
    const touched = spared.filter((id) => values.get(id) !== marks[id])
    return touched.length > 0 ? `the datastream ${touched.join()} has changed` : null
  }

  #note({ route, variant, expected }: Case, { asked, answer }: Asked, wrong: string | null): void {
    if (wrong === null) return
    const what = `${route} as ${asked} (${variant}, ${expected})`
    this.wrong.push(`${what}: ${wrong}; it was answered ${answer.status} ${answer.text.slice(0, 300)}`)
  }
}

const withUser = (subject: Subject, login: string): Subject => ({ ...subject, ids: { ...subject.ids, login } })
