import { ApiError } from './api-error.ts'

/**
 * Identifier of what was made: the last segment of `Location`, decoded, without API v2's format extension.
 * @throws {ApiError} the answer has none, so it cannot come from a Sluice server
 */
export function lastSegment(location: string | null): string {
  const match = /\/([^/?#]+)\/?(?:[?#].*)?$/.exec(location ?? '')
  const text = match?.[1]
  if (text === undefined) throw new ApiError(0, 'Unreadable answer', ['The answer does not say what was made'])
  return decodeURIComponent(text).replace(/\.(?:json|xml|csv)$/, '')
}
