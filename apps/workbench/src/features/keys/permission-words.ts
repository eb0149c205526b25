import type { AccessMethod, KeyDocument, PermissionDocument } from '@sluice/model'
import { ACCESS_METHODS } from '@sluice/model'

/** What each method lets a key do, in API v2 and on the message bus alike. */
export const METHOD_WORDS: Record<AccessMethod, { label: string; note: string }> = {
  get: { label: 'Read', note: 'GET: values, history, live events' },
  put: { label: 'Update', note: 'PUT: values and metadata' },
  post: { label: 'Create', note: 'POST: values, channels' },
  delete: { label: 'Delete', note: 'DELETE: values, channels, the feed' },
}

/** `Read and update feed 1977`: what one permission allows. */
export function permissionWords(permission: PermissionDocument): string {
  const methods = ACCESS_METHODS.filter((method) => permission.access_methods.includes(method))
  const verbs =
    methods.length === ACCESS_METHODS.length
      ? 'Do everything with'
      : listWords(methods.map((method) => METHOD_WORDS[method].label.toLowerCase()))
  const resources = permission.resources ?? []
  const places = resources.map(({ feed_id, datastream_id }) =>
    datastream_id === undefined ? `feed ${feed_id}` : `${datastream_id} of feed ${feed_id}`,
  )
  return capitalised(`${verbs} ${places.length === 0 ? 'all feeds of the account' : listWords(places)}`)
}

/** All permissions of a key, one sentence each, and what it may not see. */
export function keyWords(key: Pick<KeyDocument, 'permissions' | 'private_access'>): string[] {
  const sentences = key.permissions.map(permissionWords)
  return key.private_access === true ? sentences : [...sentences, 'No access to private feeds']
}

function listWords(words: readonly string[]): string {
  if (words.length <= 1) return words[0] ?? 'nothing with'
  return `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`
}

const capitalised = (text: string): string => `${text.charAt(0).toUpperCase()}${text.slice(1)}`
