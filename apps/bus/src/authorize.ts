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
import { isForStrangers, isMeta, mayCallMeta } from './meta-access.ts'
import { MEMBER } from './static-methods.ts'

type Answer = Verdict | Promise<Verdict>
/** May a session do this to a URI, or subscribe to a pattern that the URI then is? */
type Rule<P> = (uri: string, options: Dict, principal: P) => Answer
type Policy<P> = Record<Action, Rule<P>>

const PLATFORM = 'sluice.'
const META = 'wamp.'
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
    subscribe: (uri, options) =>
      !reaches(PLATFORM, uri, options) && (isPattern(options) ? STRANGERS : isForStrangers(uri)),
    publish: application,
    call: (uri) => (isMeta(uri) ? mayCallMeta('stranger', uri) : !isPlatform(uri)),
    register: application,
  }
  const key: Policy<KeyPrincipal> = {
    subscribe: (uri, options, principal) => maySubscribe(directory, principal, { uri, options }),
    publish: (uri, _options, principal) => !isPlatform(uri) && mayWrite(principal),
    call: (uri, _options, principal) =>
      isPlatform(uri)
        ? (CALLABLE.get(uri)?.some((method) => hasMethod(principal, method)) ?? false)
        : isMeta(uri)
          ? mayCallMeta(readsEverything(principal) ? 'reader' : 'self', uri)
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
function disclosed(action: Action, uri: string, answer: Answer): Answer {
  return action === 'call' && answer === true && isPlatform(uri) ? DISCLOSED : answer
}

const DISCLOSED: Verdict = { allow: true, disclose: 'on' }
/** What strangers hear of a pattern. */
const STRANGERS: Verdict = { allow: true, filter: isForStrangers }

/** The principal that our authenticator put into the session's identity; that of an embedding program puts none. */
export function principalOf({ identity }: SessionInfo): BusPrincipal {
  return (identity.principal as BusPrincipal | undefined) ?? MEMBER
}

function maySubscribe(
  directory: BusDirectory,
  principal: KeyPrincipal,
  { uri, options }: { uri: string; options: Dict },
): Answer {
  if (!hasMethod(principal, 'get')) return false
  if (!reaches(PLATFORM, uri, options) && !reaches(META, uri, options)) return true
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

/** Whether a subscription could match a topic below `space`, which ends in a dot. The empty prefix matches everything. */
function reaches(space: string, uri: string, options: Dict): boolean {
  if (options['match'] === 'prefix') return space.startsWith(uri) || uri.startsWith(space)
  if (options['match'] !== 'wildcard') return `${uri}.`.startsWith(space)
  const [first] = uri.split('.', 1)
  return first === '' || `${first}.` === space
}
