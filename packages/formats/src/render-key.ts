import {
  formatSeconds,
  formatTimestamp,
  parseTimestamp,
  type Key,
  type KeyDocument,
  type Permission,
  type PermissionDocument,
} from '@sluice/model'

/**
 * A key, without the members `id` and `user` that make xively-python raise, unless the workbench asks.
 * @param shown `apiKey`: the text to show, masked where missing; `forOwner` adds id and times
 */
export function renderKey(key: Key, shown: { apiKey?: string; forOwner?: boolean } = {}): KeyDocument {
  return {
    api_key: shown.apiKey ?? key.masked,
    label: key.label,
    ...(key.privateAccess && { private_access: true }),
    ...(key.expiresAt !== null && { expires_at: wholeSeconds(key.expiresAt) }),
    permissions: key.permissions.map(renderPermission),
    ...(shown.forOwner && {
      id: key.id,
      created_at: microseconds(key.createdAt),
      ...(key.lastUsedAt !== null && { last_used_at: microseconds(key.lastUsedAt) }),
    }),
  }
}

function renderPermission({ label, accessMethods, resources }: Permission): PermissionDocument {
  return {
    ...(label && { label }),
    access_methods: accessMethods,
    ...(resources &&
      resources.length > 0 && {
        resources: resources.map(({ feedId, datastreamId }) => ({
          ...(feedId !== undefined && { feed_id: feedId }),
          ...(datastreamId !== undefined && { datastream_id: datastreamId }),
        })),
      }),
  }
}

const wholeSeconds = (iso: string): string => {
  const at = parseTimestamp(iso)
  return at === null ? iso : formatSeconds(at)
}

const microseconds = (iso: string): string => {
  const at = parseTimestamp(iso)
  return at === null ? iso : formatTimestamp(at)
}
