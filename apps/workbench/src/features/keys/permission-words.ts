import type { AccessMethod, KeyDocument, PermissionDocument } from '@sluice/model'
import { ACCESS_METHODS } from '@sluice/model'

/** What each method lets a key do, in API v2 and on the message bus alike. */
export const METHOD_WORDS: Record<AccessMethod, { label: string; note: string }> = {
  get: { label: 'Read', note: 'GET: values, history, live events' },
  put: { label: 'Update', note: 'PUT: values and metadata' },
  post: { label: 'Create', note: 'POST: values, channels' },
  delete: { label: 'Delete', note: 'DELETE: values, channels, the feed' },
}

/** `Read and update feed 1977, only from 10.0.0.0/8`: what one permission allows, and when. */
export function permissionWords(permission: PermissionDocument): string {
  const { label, access_methods, resources = [] } = permission
  const methods = ACCESS_METHODS.filter((method) => access_methods.includes(method))
  const verbs =
    methods.length === ACCESS_METHODS.length
      ? 'do everything with'
      : listWords(methods.map((method) => METHOD_WORDS[method].label.toLowerCase()))
  const places = resources.length === 0 ? 'all feeds of the account' : listWords(resources.map(placeWords))
  const words = capitalised([`${verbs} ${places}`, ...constraintWords(permission)].join(', '))
  return label === undefined || label === '' ? words : `${label}: ${words}`
}

/** What a permission states besides methods and places, a phrase each. */
export function constraintWords({ source_ip, referer, minimum_interval }: PermissionDocument): string[] {
  return [
    ...(source_ip === undefined ? [] : [`only from ${source_ip}`]),
    ...(referer === undefined ? [] : [`only for pages of ${referer}`]),
    ...(minimum_interval === undefined ? [] : [`at most once ${everyWords(minimum_interval)}`]),
  ]
}

/** All permissions of a key, one sentence each, and what it may not see. */
export function keyWords(key: Pick<KeyDocument, 'permissions' | 'private_access'>): string[] {
  const sentences = key.permissions.map(permissionWords)
  return key.private_access === true ? sentences : [...sentences, 'No access to private feeds']
}

type Resource = NonNullable<PermissionDocument['resources']>[number]

function placeWords({ feed_id, datastream_id, datastream_trigger_id }: Resource): string {
  const feed = feed_id === undefined ? '' : ` of feed ${feed_id}`
  if (datastream_trigger_id !== undefined) return `trigger ${datastream_trigger_id}${feed}`
  return datastream_id === undefined ? `feed ${feed_id}` : `${datastream_id}${feed}`
}

const UNITS = [
  [86_400, 'day'],
  [3600, 'hour'],
  [60, 'minute'],
  [1, 'second'],
] as const

/** `every minute`, `every 90 seconds`, `every 2 hours`. */
function everyWords(seconds: number): string {
  const [size, unit] = UNITS.find(([size]) => seconds >= size && seconds % size === 0) ?? [1, 'second']
  return seconds === size ? `every ${unit}` : `every ${seconds / size} ${unit}s`
}

function listWords(words: readonly string[]): string {
  if (words.length <= 1) return words[0] ?? 'nothing with'
  return `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`
}

const capitalised = (text: string): string => `${text.charAt(0).toUpperCase()}${text.slice(1)}`
