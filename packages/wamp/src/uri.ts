/** How a subscription's topic is compared: as is, as a leading string, or with empty components matching anything. */
export type MatchPolicy = 'exact' | 'prefix' | 'wildcard'
/** Loose: no white space, `#` or empty component. Strict: lower-case letters, digits and `_` only. */
export type UriRules = 'loose' | 'strict'

/** Longest URI or pattern accepted, in UTF-16 units. The specification sets none. */
export const URI_LENGTH_MAX = 1024

// wamp-proto Basic Profile, "URIs": the two component grammars, put together for each way to match.
const COMPONENT: Record<UriRules, string> = { loose: '[^\\s.#]', strict: '[0-9a-z_]' }
const URIS = { loose: patternsOf(COMPONENT.loose), strict: patternsOf(COMPONENT.strict) }

function patternsOf(component: string): Record<MatchPolicy, RegExp> {
  const whole = `${component}+(?:\\.${component}+)*`
  return {
    exact: new RegExp(`^${whole}$`),
    prefix: new RegExp(`^(?:${whole}\\.?)?$`),
    wildcard: new RegExp(`^${component}*(?:\\.${component}*)*$`),
  }
}

/**
 * Whether `uri` is a legal URI, or for the pattern policies a legal pattern. A prefix may end in a dot or be empty;
 * a wildcard pattern may have empty components anywhere.
 */
export function isUri(uri: string, rules: UriRules, match: MatchPolicy = 'exact'): boolean {
  return uri.length <= URI_LENGTH_MAX && URIS[rules][match].test(uri)
}

/** Whether the URI's first component is `wamp`, which belongs to the protocol. */
export function isReserved(uri: string): boolean {
  return uri === 'wamp' || uri.startsWith('wamp.')
}

/** Whether `pattern` matches `topic` under `policy`. Prefixes compare strings, so `feed.19` matches `feed.1977`. */
export function matches(policy: MatchPolicy, pattern: string, topic: string): boolean {
  if (policy === 'exact') return pattern === topic
  if (policy === 'prefix') return topic.startsWith(pattern)
  const wanted = pattern.split('.')
  const components = topic.split('.')
  return wanted.length === components.length && wanted.every((part, i) => part === '' || part === components[i])
}
