import {
  type AccessMethod,
  FEED_EVENTS,
  type FeedEvent,
  type KeyPrincipal,
  PROCEDURES,
  visibleDatastreams,
} from '@sluice/model'
import type { Action, Authorizer, Dict, SessionInfo, Verdict } from '@sluice/wamp'
import type { BusDirectory, BusPrincipal } from './directory.ts'

type Answer = boolean | Promise<boolean>
/** May a session do this to a URI, or subscribe to a pattern that the URI then is? */
type Rule<P> = (uri: string, options: Dict, principal: P) => Answer
type Policy<P> = Record<Action, Rule<P>>

const PLATFORM = 'sluice.'
const FEED_TOPIC = new RegExp(`^sluice\\.feed\\.([1-9][0-9]{0,14})\\.(${FEED_EVENTS.join('|')})$`)

/** Which permission calls a platform procedure; the api then checks the feed. Any one of the methods will do. */
const CALLABLE: ReadonlyMap<string, readonly AccessMethod[]> = new Map([
  [PROCEDURES.append, ['put', 'post']],
  [PROCEDURES.updateFeed, ['put']],
  [PROCEDURES.getFeed, ['get']],
  [PROCEDURES.queryHistory, ['get']],
])

const always = (): boolean => true
const application: Rule<unknown> = (uri) => !isPlatform(uri)

/** One table per role. What a rule does not name is refused. */
export function makeAuthorizer(directory: BusDirectory): Authorizer {
  const backend: Policy<unknown> = { subscribe: always, publish: always, call: always, register: always }
  const owner: Policy<unknown> = { subscribe: always, publish: application, call: always, register: application }
  const anonymous: Policy<unknown> = {
    subscribe: (uri, options) => !reachesPlatform(uri, options),
    publish: application,
    call: application,
    register: application,
  }
  const key: Policy<KeyPrincipal> = {
    subscribe: (uri, options, principal) => maySubscribe(directory, principal, { uri, options }),
    publish: (uri, _options, principal) => !isPlatform(uri) && mayWrite(principal),
    call: (uri, _options, principal) =>
      isPlatform(uri)
        ? (CALLABLE.get(uri)?.some((method) => hasMethod(principal, method)) ?? false)
        : mayWrite(principal),
    register: (uri, _options, principal) => !isPlatform(uri) && mayWrite(principal),
  }
  return (session, action, uri, options) => {
    const principal = principalOf(session)
    switch (principal.kind) {
      case 'backend':
        return disclosed(action, uri, backend[action](uri, options, null))
      case 'owner':
        return disclosed(action, uri, owner[action](uri, options, null))
      case 'key':
        return disclosed(action, uri, key[action](uri, options, principal))
      case 'anonymous':
        return anonymous[action](uri, options, null)
      case 'member':
        return false // of a realm that has its own authorizer
    }
    return false
  }
}

/** The platform's own procedures learn who calls them; nobody else does. */
function disclosed(action: Action, uri: string, isAllowed: boolean | Promise<boolean>): Verdict | Promise<Verdict> {
  if (action !== 'call' || !isPlatform(uri) || isAllowed === false) return isAllowed
  const terms = (allow: boolean): Verdict => ({ allow, disclose: 'on' })
  return isAllowed === true ? terms(true) : isAllowed.then(terms)
}

/** The principal that our authenticator, the only one there is, put into the session's identity. */
export function principalOf({ identity }: SessionInfo): BusPrincipal {
  return identity.principal as BusPrincipal
}

function maySubscribe(
  directory: BusDirectory,
  principal: KeyPrincipal,
  { uri, options }: { uri: string; options: Dict },
): Answer {
  if (!hasMethod(principal, 'get')) return false
  if (!reachesPlatform(uri, options)) return true
  // the prefix sluice.feed.19 would reach feed 1977, so patterns are for keys that may read all there is
  if (readsEverything(principal)) return true
  if (isPattern(options)) return false
  const [, id, event] = FEED_TOPIC.exec(uri) ?? []
  if (id === undefined || event === undefined) return false
  const feedId = Number(id)
  // an event carries all datastreams of its feed, so a key narrowed to some of them may not have it
  return (
    visibleDatastreams(principal, 'get', feedId) === null &&
    directory.isFeedReadable(principal, feedId, event as FeedEvent)
  )
}

function hasMethod({ permissions }: KeyPrincipal, method: AccessMethod): boolean {
  return permissions.some(({ accessMethods }) => accessMethods.includes(method))
}

function mayWrite(principal: KeyPrincipal): boolean {
  return hasMethod(principal, 'put') || hasMethod(principal, 'post')
}

function readsEverything({ permissions, privateAccess }: KeyPrincipal): boolean {
  return (
    privateAccess &&
    permissions.some(({ accessMethods, resources }) => accessMethods.includes('get') && (resources?.length ?? 0) === 0)
  )
}

function isPlatform(uri: string): boolean {
  return uri === 'sluice' || uri.startsWith(PLATFORM)
}

function isPattern(options: Dict): boolean {
  return options['match'] === 'prefix' || options['match'] === 'wildcard'
}

/** Whether a subscription could match a platform topic. The empty prefix matches everything. */
function reachesPlatform(uri: string, options: Dict): boolean {
  if (options['match'] === 'prefix') return PLATFORM.startsWith(uri) || uri.startsWith(PLATFORM)
  if (options['match'] !== 'wildcard') return isPlatform(uri)
  const [first] = uri.split('.', 1)
  return first === '' || first === 'sluice'
}
