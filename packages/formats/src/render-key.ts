import {
  formatSeconds,
  formatTimestamp,
  parseTimestamp,
  type Key,
  type KeyDocument,
  type LastUse,
  type Permission,
  type PermissionDocument,
} from '@sluice/model'

/**
 * A key, without the members `id` and `user` that make xively-python raise, unless the workbench asks.
 * @param shown `apiKey`: the text to show, masked where missing; `forOwner` adds id, times, uses and a running overlap
 */
export function renderKey(key: Key, shown: { apiKey?: string; forOwner?: boolean } = {}): KeyDocument {
  const { previous } = key
  return {
    api_key: shown.apiKey ?? key.masked,
    label: key.label,
    ...(key.privateAccess && { private_access: true }),
    ...(key.expiresAt !== null && { expires_at: wholeSeconds(key.expiresAt) }),
    permissions: key.permissions.map(renderPermission),
    ...(shown.forOwner && {
      id: key.id,
      created_at: microseconds(key.createdAt),
      ...renderUse('', key.lastUse),
      ...(previous && {
        previous_until: wholeSeconds(previous.until),
        previous_api_key: previous.masked,
        ...renderUse('previous_', previous.lastUse),
      }),
    }),
  }
}

function renderUse(of: '' | 'previous_', use: LastUse | null): Partial<KeyDocument> {
  if (!use) return {}
  return {
    [`${of}last_used_at`]: microseconds(use.at),
    ...(use.address && { [`${of}last_used_address`]: use.address }),
    ...(use.client && { [`${of}last_used_client`]: use.client }),
  }
}

/** Members that are not stated are left out, as everywhere in API v2. */
function renderPermission(permission: Permission): PermissionDocument {
  const { label, accessMethods, resources, referer, sourceIp, minimumIntervalS } = permission
  return {
    ...(label && { label }),
    access_methods: accessMethods,
    ...(referer !== undefined && { referer }),
    ...(sourceIp !== undefined && { source_ip: sourceIp }),
    ...(minimumIntervalS !== undefined && { minimum_interval: minimumIntervalS }),
    ...(resources &&
      resources.length > 0 && {
        resources: resources.map(({ feedId, datastreamId, triggerId }) => ({
          ...(feedId !== undefined && { feed_id: feedId }),
          ...(datastreamId !== undefined && { datastream_id: datastreamId }),
          ...(triggerId !== undefined && { datastream_trigger_id: triggerId }),
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
