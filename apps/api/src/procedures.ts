import { readFeedPatch } from '@sluice/formats'
import { access, NotFoundError, PROCEDURES, SluiceError } from '@sluice/model'
import type { AccessMethod, ErrorCode, KeyPrincipal, Micros, OutcomeDocument, Principal } from '@sluice/model'
import { currentKeys } from '@sluice/store'
import { ERROR, WampError, type InvocationDetails, type Session } from '@sluice/wamp'
import { appendCalled } from './append-call.ts'
import type { Auth } from './auth.ts'
import { requireUsable } from './key-constraints.ts'
import { forbidden, problemOf, unauthorized } from './problem.ts'
import type { Acting } from './reach.ts'
import { readDatastreams, readFeed } from './read-feed.ts'
import { beginningOf } from './request-entry.ts'
import type { RequestLog } from './request-log.ts'
import type { RouteParts } from './route-parts.ts'
import type { ResolvedFeed } from './route.ts'
import { writeFeed } from './write-feed.ts'

export type ProcedureParts = Pick<RouteParts, 'db' | 'ingest' | 'feeds' | 'announce'> & {
  /** the account whose realm the session is in: nobody else can call */
  accountId: number
  login: string
  publicUrl: string
  log: Pick<RequestLog, 'note'>
  auth: Pick<Auth, 'noteUse' | 'constraints'>
  /** time of arrival, never the same twice */
  now(): Micros
}

/** `findPeer`: the address that a session comes from */
type RunParts = ProcedureParts & { findPeer(caller: unknown): Promise<string | null> }
type Keywords = Readonly<Record<string, unknown>>
type Call = { args: readonly unknown[]; kwargs: Keywords; caller: Principal; receivedAt: Micros }
type Procedure = (parts: ProcedureParts, call: Call) => Promise<unknown>

/**
 * The platform's procedures in one account realm: they do what the routes do, for the caller that the router discloses.
 * @param session of role `backend`; they end with it
 */
export async function registerProcedures(session: Session, parts: ProcedureParts): Promise<void> {
  const findPeer = (caller: unknown): Promise<string | null> => findPeerOf(session, caller)
  for (const [name, procedure] of Object.entries(TABLE)) {
    await session.register(name, (args, kwargs, details) =>
      run({ ...parts, findPeer }, procedure, { args, kwargs, details }),
    )
  }
}

/** `feedId` comes first; what may be left out comes as an object behind it or as keywords. */
const TABLE: Record<(typeof PROCEDURES)[keyof typeof PROCEDURES], Procedure> = {
  /** (feedId, [{datastream, at?, value}]) → [{result, reason?}] */
  [PROCEDURES.append]: async (parts, call) => {
    const [, points] = call.args
    if (!Array.isArray(points)) throw new SluiceError('invalid', 'The second argument must be a list of datapoints')
    const acting = await actingOn(parts, call, ['put', 'post'])
    const outcomes = await appendCalled(parts, { ...acting, receivedAt: call.receivedAt }, points)
    return outcomes satisfies OutcomeDocument[]
  },
  /** (feedId, {datastreams?, start?, end?, duration?, limit?, show_user?}) → feed */
  [PROCEDURES.getFeed]: async (parts, call) => {
    const acting = await actingOn(parts, call, ['get'])
    const reading = { ...acting, now: call.receivedAt, publicUrl: parts.publicUrl, query: queryOf(call) }
    return (await readFeed(parts, reading)).document
  },
  /** (feedId, feed) → nothing */
  [PROCEDURES.updateFeed]: async (parts, call) => {
    const patch = readFeedPatch(call.args[1] ?? call.kwargs, call.receivedAt)
    const acting = await actingOn(parts, call, ['put'])
    await writeFeed(parts, { ...acting, receivedAt: call.receivedAt }, patch)
  },
  /** (feedId, {datastreams?, start?, end?, duration?, limit?}) → [{id, …, datapoints?}] */
  [PROCEDURES.queryHistory]: async (parts, call) => {
    const acting = await actingOn(parts, call, ['get'])
    const query = queryOf(call)
    // asking this is asking for history, even without bounds
    const bounded = { limit: '', ...query }
    return readDatastreams(parts, { ...acting, now: call.receivedAt, publicUrl: parts.publicUrl, query: bounded })
  },
}

type Invoked = { args: readonly unknown[]; kwargs: Keywords; details: InvocationDetails }

async function run(parts: RunParts, procedure: Procedure, invoked: Invoked): Promise<unknown> {
  const { args, kwargs, details } = invoked
  const receivedAt = parts.now()
  const startedAt = performance.now()
  let failure: unknown = null
  try {
    return await procedure(parts, { args, kwargs, caller: await findCaller(parts, details), receivedAt })
  } catch (error) {
    failure = error
    if (!(error instanceof SluiceError)) throw error
    const told = { title: error.title, errors: error.messages }
    throw new WampError(URIS[error.code], [error.message], told, { cause: error })
  } finally {
    note(parts, invoked, { receivedAt, tookMs: performance.now() - startedAt, failure })
  }
}

/** A call goes into the request log like a request over HTTP: the same status, the arguments as its body. */
function note(
  { log, accountId }: ProcedureParts,
  { args, kwargs, details }: Invoked,
  { receivedAt, tookMs, failure }: { receivedAt: Micros; tookMs: number; failure: unknown },
): void {
  const [feedId] = args
  const { caller_authrole: role, caller_authid: authid } = details.raw
  const problem = failure === null ? null : problemOf(failure, 'of this call')
  log.note(accountId, {
    at: receivedAt,
    feedId: isFeedId(feedId) ? feedId : null,
    method: 'CALL',
    path: details.procedure,
    status: problem?.status ?? 200,
    tookMs,
    protocol: 'wamp',
    remoteAddress: '',
    keyId: role === 'key' ? Number(authid) : null,
    datastreamId: null,
    requestHeaders: [],
    requestBody: beginningOf(JSON.stringify(Object.keys(kwargs).length > 0 ? [args, kwargs] : args, plain)),
    responseHeaders: [],
    responseBody: problem === null ? '' : JSON.stringify(problem.document),
  })
}

/** Serializers other than JSON know integers that JSON.stringify refuses. */
const plain = (_member: string, value: unknown): unknown => (typeof value === 'bigint' ? String(value) : value)

const isFeedId = (id: unknown): id is number => typeof id === 'number' && Number.isSafeInteger(id) && id > 0

/** A refused call reads like a refused request: the sentences are the same, the URI stands for the status. */
const URIS: Record<ErrorCode, string> = {
  invalid: ERROR.invalidArgument,
  unprocessable: ERROR.invalidArgument,
  too_large: ERROR.invalidArgument,
  unauthorized: ERROR.notAuthorized,
  forbidden: ERROR.notAuthorized,
  not_found: 'sluice.error.not_found',
  conflict: 'sluice.error.conflict',
  rate_limited: 'sluice.error.rate_limited',
  unavailable: ERROR.unavailable,
}

/**
 * Who calls. What a key may do is looked up for each call: it may have changed since its session was opened.
 * @throws {SluiceError} `unauthorized` for a key that is gone, and for every other role
 */
async function findCaller(parts: RunParts, { raw }: InvocationDetails): Promise<Principal> {
  const { db, accountId, login } = parts
  const { caller_authrole: role, caller_authid: authid, caller } = raw as Keywords & Record<CallerMember, unknown>
  if (role === 'owner') return { kind: 'owner', accountId, login, sessionId: `wamp ${String(caller)}` }
  if (role !== 'key' || typeof authid !== 'string' || !/^[1-9]\d{0,14}$/.test(authid)) throw unauthorized()
  const id = Number(authid)
  const key = (await currentKeys(db.pool, [id])).get(id)
  if (key?.accountId !== accountId) throw unauthorized()
  // which text a session was opened with is not known here
  if (key.overlapUntil === undefined) parts.auth.noteUse(key, { address: '', protocol: 'wamp' })
  const left = await narrow(parts, key, caller)
  requireUsable(left)
  return left
}

/** Only who is bound to an address is asked for it; there is no Referer on the bus. */
async function narrow({ auth, findPeer }: RunParts, key: KeyPrincipal, caller: unknown): Promise<KeyPrincipal> {
  const isBound = key.permissions.some(({ sourceIp }) => sourceIp !== undefined)
  return auth.constraints.narrow(key, { remoteAddress: isBound ? await findPeer(caller) : null, referer: null })
}

/** @returns null for a session that has no address, or is gone */
async function findPeerOf(session: Session, caller: unknown): Promise<string | null> {
  const found = await session.call('wamp.session.get', [caller]).catch((error: unknown) => {
    if (error instanceof WampError) return null
    throw error
  })
  const { transport } = (found?.args[0] ?? {}) as { transport?: { peer?: unknown } }
  return typeof transport?.peer === 'string' ? transport.peer : null
}
type CallerMember = 'caller_authrole' | 'caller_authid' | 'caller'

/**
 * The feed of the first argument, where the caller may do one of these to it.
 * @throws {SluiceError} `not_found` for a missing one and for one the caller may not know of, in the same words;
 *   `forbidden`; `rate_limited`
 */
async function actingOn(parts: ProcedureParts, { args, caller }: Call, methods: AccessMethod[]): Promise<Acting> {
  const [id] = args
  const feed = isFeedId(id) ? await parts.feeds.resolve(id) : null
  const verdicts = feed ? methods.map((method) => access(caller, method, feed)) : []
  if (!feed || verdicts.every((verdict) => verdict === 'hidden')) {
    throw new NotFoundError(`Feed with ID = ${typeof id === 'number' ? id : 'unknown'}`)
  }
  const method = methods[verdicts.indexOf('allowed')]
  if (method === undefined) throw forbidden()
  if (caller.kind === 'key') caller.pace?.take(method, feed)
  return { principal: caller, feed: feed satisfies ResolvedFeed }
}

/** Options as the query parameters that they are called like over HTTP; a list becomes API v2's comma list. */
function queryOf({ args, kwargs }: Call): Record<string, string> {
  const [, second] = args
  const options: object = typeof second === 'object' && second !== null ? second : kwargs
  const query: Record<string, string> = {}
  for (const [name, value] of Object.entries(options)) {
    if (Array.isArray(value)) query[name] = value.filter((entry) => typeof entry === 'string').join(',')
    else if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') {
      query[name] = String(value)
    }
  }
  return query
}
