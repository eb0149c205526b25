import { ERROR, WampError } from '../errors.ts'
import type { Dict } from '../payload.ts'
import type { MatchPolicy } from '../uri.ts'
import type { MetaView } from './meta.ts'
import { ProcedureIndex } from './procedure-index.ts'
import type { RealmParts } from './realm.ts'
import { type Endpoint, type InvokePolicy, type Registration, newEndpoint, readRegisterTerms } from './registration.ts'
import type { RpcPeer } from './rpc-peer.ts'
import type { RouterSession } from './session.ts'
import { TYPE } from '../messages.ts'

interface Wanted {
  readonly uri: string
  readonly match: MatchPolicy
  readonly options: Dict
}

/** Who has registered what, exact and by pattern, alone and shared. It tells who asks for meta events of any change. */
export class Registrations implements MetaView {
  readonly #index = new ProcedureIndex<Registration>()
  readonly #byId = new Map<number, Registration>()
  readonly #parts: RealmParts
  #lastId = 0

  constructor(parts: RealmParts) {
    this.#parts = parts
  }

  /** Procedures and patterns somebody has registered. */
  get size(): number {
    return this.#byId.size
  }

  /** The registration a call to `procedure` goes to. */
  best(procedure: string): Registration | undefined {
    return this.#index.best(procedure)
  }

  /**
   * Adds a callee. One that is there already stays as it is.
   * @param registered told the id, before any meta event
   * @throws {WampError} the procedure is taken or shared in another way, an option cannot be, or a quota is used up;
   *   nothing has changed then
   */
  add(callee: RpcPeer, wanted: Wanted, registered: (id: number) => void): void {
    const { uri, match, options } = wanted
    const { session } = callee
    const { invoke, isForced, concurrencyMax } = readRegisterTerms(options)
    const known = this.#index.find(match, uri)
    if (known && !isForced) {
      requireShareable(known, invoke)
      if (callee.endpoints?.has(known.id)) return registered(known.id)
    }
    session.usage.take('registrations')
    if (known && isForced)
      for (let endpoint = known.endpoints[0]; endpoint; endpoint = known.endpoints[0])
        this.#revoke(endpoint, 'registered by another session')
    const existing = this.#index.find(match, uri)
    const registration = existing ?? this.#create(wanted, invoke)
    const endpoint = newEndpoint(registration, callee, { options, concurrencyMax }, this.#parts.options)
    registration.endpoints.push(endpoint)
    callee.endpoints ??= new Map()
    callee.endpoints.set(registration.id, endpoint)
    registered(registration.id)
    if (!existing) this.#parts.announce('wamp.registration.on_create', [session.id, describe(registration)])
    this.#parts.announce('wamp.registration.on_register', [session.id, registration.id])
  }

  /** @param removed runs before any meta event @throws {WampError} the session has no such registration */
  remove(callee: RpcPeer | undefined, id: number, removed: () => void): void {
    const endpoint = callee?.endpoints?.get(id)
    if (!endpoint) throw new WampError(ERROR.noSuchRegistration)
    this.#unlink(endpoint)
    removed()
    this.#announceEnd(endpoint)
  }

  /** Forgets all registrations of a session that is gone. */
  leave(callee: RpcPeer): void {
    for (const endpoint of callee.endpoints?.values() ?? []) {
      this.#unlink(endpoint)
      this.#announceEnd(endpoint)
    }
  }

  list(): Record<MatchPolicy, number[]> {
    const lists: Record<MatchPolicy, number[]> = { exact: [], prefix: [], wildcard: [] }
    for (const { id, match } of this.#byId.values()) lists[match].push(id)
    return lists
  }

  lookup(uri: string, match: MatchPolicy): number | null {
    return this.#index.find(match, uri)?.id ?? null
  }

  matching(uri: string): number[] {
    const registration = this.#index.best(uri)
    return registration ? [registration.id] : []
  }

  detailsOf(id: number): Dict | null {
    const registration = this.#byId.get(id)
    return registration ? describe(registration) : null
  }

  sessionsOf(id: number): RouterSession[] | null {
    return this.#byId.get(id)?.endpoints.map(({ callee }) => callee.session) ?? null
  }

  /** Calls that the callee works on already stay with it. */
  revoke(id: number, session: RouterSession, reason?: string): boolean {
    const endpoint = this.#byId.get(id)?.endpoints.find(({ callee }) => callee.session === session)
    if (!endpoint) return false
    this.#revoke(endpoint, reason)
    return true
  }

  #create({ uri, match }: Wanted, invoke: InvokePolicy): Registration {
    this.#lastId += 1
    const created = this.#parts.now()
    const registration: Registration = { id: this.#lastId, match, uri, invoke, created, endpoints: [], next: 0 }
    this.#index.add(registration)
    this.#byId.set(registration.id, registration)
    return registration
  }

  /** Advanced Profile, "Registration Revocation". */
  #revoke(endpoint: Endpoint, reason: string | undefined): void {
    this.#unlink(endpoint)
    const { session } = endpoint.callee
    const { id } = endpoint.registration
    if (session.announces('callee', 'registration_revocation'))
      session.send([TYPE.UNREGISTERED, 0, { registration: id, ...(reason === undefined ? {} : { reason }) }])
    this.#announceEnd(endpoint)
  }

  #unlink(endpoint: Endpoint): void {
    const { registration, callee } = endpoint
    const { endpoints, id } = registration
    const at = endpoints.indexOf(endpoint)
    endpoints.splice(at, 1)
    if (at < registration.next) registration.next -= 1
    callee.endpoints?.delete(id)
    callee.session.usage.give('registrations')
    if (endpoints.length > 0) return
    this.#index.remove(registration)
    this.#byId.delete(id)
  }

  #announceEnd({ registration, callee }: Endpoint): void {
    const args = [callee.session.id, registration.id]
    this.#parts.announce('wamp.registration.on_unregister', args)
    if (!this.#byId.has(registration.id)) this.#parts.announce('wamp.registration.on_delete', args)
  }
}

/** @throws {WampError} the registration is not to be shared in this way */
function requireShareable({ uri, invoke }: Registration, wanted: InvokePolicy): void {
  if (invoke === 'single') throw new WampError(ERROR.procedureAlreadyExists, [uri])
  if (invoke !== wanted) throw new WampError(ERROR.differentInvocationPolicy, [`${uri} is registered as ${invoke}`])
}

/** Advanced Profile, "Registration Meta API": RegistrationDetails. */
function describe({ id, created, uri, match, invoke }: Registration): Dict {
  return { id, created: new Date(created).toISOString(), uri, match, invoke }
}
