import { type MatchPolicy, matches } from '../uri.ts'

/** What a request or a rule is about: one URI, or all that a pattern matches. */
export interface UriPattern {
  readonly uri: string
  readonly match: MatchPolicy
}

/** Whether some URI is matched by both. */
export function overlaps(a: UriPattern, b: UriPattern): boolean {
  if (a.match === 'exact') return matches(b.match, b.uri, a.uri)
  if (b.match === 'exact') return matches(a.match, a.uri, b.uri)
  if (a.match === 'prefix')
    return b.match === 'prefix'
      ? a.uri.startsWith(b.uri) || b.uri.startsWith(a.uri)
      : prefixMeetsWildcard(a.uri, b.uri.split('.'))
  if (b.match === 'prefix') return prefixMeetsWildcard(b.uri, a.uri.split('.'))
  const [left, right] = [a.uri.split('.'), b.uri.split('.')]
  return left.length === right.length && left.every((part, i) => part === '' || right[i] === '' || part === right[i])
}

/** The prefix's last component may be a part of one. */
function prefixMeetsWildcard(prefix: string, components: readonly string[]): boolean {
  const parts = prefix.split('.')
  const last = parts.length - 1
  if (last >= components.length) return false
  return parts.every((part, i) => {
    const component = components[i]
    return component === '' || (i === last ? (component ?? '').startsWith(part) : component === part)
  })
}

/** Whether `outer` matches all that `inner` matches. */
export function covers(outer: UriPattern, inner: UriPattern): boolean {
  if (inner.match === 'exact') return matches(outer.match, outer.uri, inner.uri)
  if (outer.match === 'exact') return false
  if (outer.match === 'prefix')
    return (inner.match === 'prefix' ? inner.uri : fixedLead(inner.uri)).startsWith(outer.uri)
  if (inner.match === 'prefix') return false
  const [wide, narrow] = [outer.uri.split('.'), inner.uri.split('.')]
  return wide.length === narrow.length && wide.every((part, i) => part === '' || part === narrow[i])
}

/** The string that all matches of a wildcard pattern begin with. */
function fixedLead(wildcard: string): string {
  const components = wildcard.split('.')
  const open = components.indexOf('')
  return open < 0
    ? wildcard
    : components
        .slice(0, open)
        .map((part) => `${part}.`)
        .join('')
}
