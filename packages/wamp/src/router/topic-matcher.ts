import type { MatchPolicy } from '../uri.ts'

/** `matches` for one pattern and many topics: nothing is split for each of them. */
export function topicMatcher(policy: MatchPolicy, pattern: string): (topic: string) => boolean {
  if (policy === 'exact') return (topic) => topic === pattern
  if (policy === 'prefix') return (topic) => topic.startsWith(pattern)
  const wanted = pattern.split('.')
  return (topic) => {
    let at = 0
    for (const [index, component] of wanted.entries()) {
      const dot = topic.indexOf('.', at)
      const isLast = index === wanted.length - 1
      if (isLast !== dot < 0) return false
      const end = isLast ? topic.length : dot
      if (component !== '' && (end - at !== component.length || !topic.startsWith(component, at))) return false
      at = end + 1
    }
    return true
  }
}
