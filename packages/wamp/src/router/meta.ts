import { PUBLISH_OPTIONS, checkDetails } from '../detail-kinds.ts'
import { CLOSE, ERROR, ProtocolError, WampError } from '../errors.ts'
import { type Call, TYPE } from '../messages.ts'
import { type Dict, Payload } from '../payload.ts'
import { type MatchPolicy, isReserved, isUri } from '../uri.ts'
import type { Verdict } from './authenticator.ts'
import { isDict } from './features.ts'
import { sessionDetails } from './meta-session.ts'
import type { Realm, RealmRules } from './realm.ts'
import type { RouterSession } from './session.ts'
import type { TestamentScope } from './testaments.ts'

/** What broker and dealer tell of their subscriptions and registrations. Ids are those of SUBSCRIBED and REGISTERED. */
export interface MetaView {
  /** All ids, by match policy. */
  list(): Record<MatchPolicy, number[]>
  lookup(uri: string, match: MatchPolicy): number | null
  /** All that `uri` matches; of registrations only the one that a call would go to. */
  matching(uri: string): number[]
  /** `id, created, uri, match`, and `invoke` of registrations; null if there is no such id. */
  detailsOf(id: number): Dict | null
  /** Sessions that hold it, in the order in which they came; null if there is no such id. */
  sessionsOf(id: number): RouterSession[] | null
  /** Takes it from the session, which learns of it if it can. @returns false if the session does not hold it */
  revoke(id: number, session: RouterSession, reason?: string): boolean
}

/** Testaments a session may leave. */
const TESTAMENTS_MAX = 100

interface MetaCall {
  readonly caller: RouterSession
  readonly args: readonly unknown[]
  readonly kwargs: Dict
}
/** @returns the one argument of the result, or a promise of it. @throws {WampError} */
type Procedure = (call: MetaCall) => unknown

/** The procedures of the router itself (Advanced Profile, "Session, Registration and Subscription Meta API"). */
export class MetaApi {
  readonly #realm: Realm
  readonly #rules: RealmRules
  readonly #procedures: ReadonlyMap<string, Procedure>

  constructor(realm: Realm, rules: RealmRules) {
    this.#realm = realm
    this.#rules = rules
    this.#procedures = new Map<string, Procedure>([
      ...this.#sessions(),
      ...holders('registration', 'callee', ERROR.noSuchRegistration, realm.dealer),
      ...holders('subscription', 'subscriber', ERROR.noSuchSubscription, realm.broker),
      // one id or null, where subscriptions have a list or null
      ['wamp.registration.match', ({ args }) => realm.dealer.matching(uriOf(args[0]))[0] ?? null],
      ['wamp.subscription.get_events', (call) => this.#history(call)],
    ])
  }

  /** Answers a CALL. @throws {WampError} no such procedure, or what it answers with; also as rejection */
  call(caller: RouterSession, [, request, , procedure, payload]: Call): void | Promise<void> {
    const run = this.#procedures.get(procedure)
    if (!run) throw new WampError(ERROR.noSuchProcedure, [`no callee for ${procedure}`])
    const answer = (value: unknown): void => caller.send([TYPE.RESULT, request, {}, Payload.of([value])])
    const value = run({ caller, args: payload.args, kwargs: payload.kwargs })
    return value instanceof Promise ? value.then(answer) : answer(value)
  }

  #sessions(): [string, Procedure][] {
    const { sessions } = this.#realm
    return [
      ['wamp.session.count', ({ args }) => this.#withRoles(args[0]).length],
      ['wamp.session.list', ({ args }) => this.#withRoles(args[0]).map(({ id }) => id)],
      ['wamp.session.get', ({ args }) => sessionDetails(this.#session(args[0]))],
      [
        'wamp.session.kill',
        ({ caller, args, kwargs }) => {
          const session = this.#session(args[0])
          if (session === caller) throw new WampError(ERROR.noSuchSession, ['a session cannot kill itself'])
          this.#kill([session], kwargs)
          return null
        },
      ],
      ['wamp.session.kill_by_authid', (call) => this.#killBy('authid', call).map(({ id }) => id)],
      ['wamp.session.kill_by_authrole', (call) => this.#killBy('authrole', call).length],
      [
        'wamp.session.kill_all',
        ({ caller, kwargs }) =>
          this.#kill(
            [...sessions.values()].filter((session) => session !== caller),
            kwargs,
            { isSilent: true },
          ).length,
      ],
      ['wamp.session.add_testament', (call) => this.#addTestament(call)],
      [
        'wamp.session.flush_testaments',
        ({ caller, kwargs }) => {
          const scope = scopeOf(kwargs)
          const before = caller.testaments?.length ?? 0
          caller.testaments = caller.testaments?.filter((testament) => testament.scope !== scope) ?? null
          return before - (caller.testaments?.length ?? 0)
        },
      ],
    ]
  }

  #withRoles(roles: unknown): RouterSession[] {
    const all = [...this.#realm.sessions.values()]
    if (roles === undefined || roles === null) return all
    if (!Array.isArray(roles)) throw new WampError(ERROR.invalidArgument, ['a list of authroles is expected'])
    return all.filter(({ identity }) => roles.includes(identity.authrole))
  }

  #session(id: unknown): RouterSession {
    const session = this.#realm.sessions.get(idOf(id))
    if (!session) throw new WampError(ERROR.noSuchSession, [`no session ${String(id)}`])
    return session
  }

  #killBy(attribute: 'authid' | 'authrole', { caller, args, kwargs }: MetaCall): RouterSession[] {
    const [wanted] = args
    if (typeof wanted !== 'string') throw new WampError(ERROR.invalidArgument, [`an ${attribute} is expected`])
    const all = [...this.#realm.sessions.values()]
    return this.#kill(
      all.filter((session) => session !== caller && session.identity[attribute] === wanted),
      kwargs,
    )
  }

  #kill(doomed: RouterSession[], kwargs: Dict, { isSilent = false } = {}): RouterSession[] {
    const { reason = CLOSE.killed, message } = kwargs
    if (typeof reason !== 'string' || !isUri(reason, 'loose')) throw new WampError(ERROR.invalidUri, ['reason'])
    for (const session of doomed) {
      if (isSilent) session.testaments = null
      this.#rules.kill(session, reason, typeof message === 'string' ? message : undefined)
    }
    return doomed
  }

  /**
   * Who asks for history has the subscription, or might have it (Advanced Profile, "Event History"). A limit as second
   * argument is Crossbar's form: the latest events, the last one first.
   */
  #history({ caller, args, kwargs }: MetaCall): unknown {
    const { broker } = this.#realm
    const id = idOf(args[0])
    const filters = typeof args[1] === 'number' ? { reverse: true, limit: args[1], ...kwargs } : kwargs
    const wanted = broker.toBeGranted(id, caller)
    if (wanted === null) return broker.history(id, filters, caller)
    const answer = (verdict: Verdict): unknown =>
      broker.history(id, filters, caller, typeof verdict === 'boolean' ? { allow: verdict } : verdict)
    const verdict = this.#rules.authorize(caller, 'subscribe', wanted.uri, { match: wanted.match })
    return verdict instanceof Promise ? verdict.then(answer) : answer(verdict)
  }

  /** A testament is a publication of the session's, so it is refused where that would be. */
  #addTestament({ caller, args, kwargs }: MetaCall): null | Promise<null> {
    const [topic, values = [], keywords = {}] = args
    const { publish_options: options = {} } = kwargs
    if (!Array.isArray(values) || !isDict(keywords) || !isDict(options))
      throw new WampError(ERROR.invalidArgument, ['topic, args and kwargs are expected'])
    requireOptions(options)
    const uri = uriOf(topic)
    if (isReserved(uri)) throw new WampError(ERROR.invalidUri, [uri])
    const scope = scopeOf(kwargs)
    const add = (verdict: Verdict): null => {
      if (!(typeof verdict === 'boolean' ? verdict : verdict.allow)) throw new WampError(ERROR.notAuthorized, [uri])
      if ((caller.testaments?.length ?? 0) >= TESTAMENTS_MAX)
        throw new WampError(ERROR.unavailable, [`a session has at most ${TESTAMENTS_MAX} testaments`])
      caller.testaments ??= []
      caller.testaments.push({ scope, topic: uri, payload: Payload.of(values, keywords), options })
      return null
    }
    const verdict = this.#rules.authorize(caller, 'publish', uri, options)
    return verdict instanceof Promise ? verdict.then(add) : add(verdict)
  }
}

/** What registrations and subscriptions have in common. */
function holders(
  what: 'registration' | 'subscription',
  role: 'callee' | 'subscriber',
  unknown: string,
  view: MetaView,
): [string, Procedure][] {
  const found = <T>(value: T | null, id: unknown): T => {
    if (value === null) throw new WampError(unknown, [`no ${what} ${String(id)}`])
    return value
  }
  const sessionsOf = (id: unknown): RouterSession[] => found(view.sessionsOf(idOf(id)), id)
  return [
    [`wamp.${what}.list`, () => view.list()],
    [`wamp.${what}.lookup`, ({ args }) => view.lookup(uriOf(args[0], matchIn(args[1])), matchIn(args[1]))],
    [
      `wamp.${what}.match`,
      ({ args }) => {
        const ids = view.matching(uriOf(args[0]))
        return ids.length === 0 ? null : ids
      },
    ],
    [`wamp.${what}.get`, ({ args }) => found(view.detailsOf(idOf(args[0])), args[0])],
    [`wamp.${what}.list_${role}s`, ({ args }) => sessionsOf(args[0]).map(({ id }) => id)],
    [`wamp.${what}.count_${role}s`, ({ args }) => sessionsOf(args[0]).length],
    [
      `wamp.${what}.remove_${role}`,
      ({ args, kwargs }) => {
        const [id, sessionId] = args
        const session = sessionsOf(id).find((one) => one.id === sessionId)
        if (!session) throw new WampError(ERROR.noSuchSession, [`session ${String(sessionId)} does not hold it`])
        const { reason } = kwargs
        return view.revoke(idOf(id), session, typeof reason === 'string' ? reason : undefined)
      },
    ],
  ]
}

function idOf(value: unknown): number {
  if (typeof value === 'number' && Number.isInteger(value)) return value
  throw new WampError(ERROR.invalidArgument, ['an id is expected'])
}

function uriOf(value: unknown, match: MatchPolicy = 'exact'): string {
  if (typeof value === 'string' && isUri(value, 'loose', match)) return value
  throw new WampError(typeof value === 'string' ? ERROR.invalidUri : ERROR.invalidArgument, ['a URI is expected'])
}

function matchIn(options: unknown): MatchPolicy {
  const match = isDict(options) ? (options['match'] ?? 'exact') : 'exact'
  if (match === 'exact' || match === 'prefix' || match === 'wildcard') return match
  throw new WampError(ERROR.invalidArgument, ['match is exact, prefix or wildcard'])
}

/** What a PUBLISH could not say a testament cannot, either. */
function requireOptions(options: Dict): void {
  try {
    checkDetails(PUBLISH_OPTIONS, 'publish_options', options)
  } catch (error) {
    if (error instanceof ProtocolError) throw new WampError(ERROR.invalidArgument, [error.message])
    throw error
  }
}

function scopeOf({ scope = 'destroyed' }: Dict): TestamentScope {
  if (scope === 'destroyed' || scope === 'detached') return scope
  throw new WampError(ERROR.invalidArgument, ['scope is destroyed or detached'])
}
