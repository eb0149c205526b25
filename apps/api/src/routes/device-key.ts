import { ACCESS_METHODS, type NewKey, type Principal } from '@sluice/model'

/** All methods on the feed, with private access (API v2, activation); not for longer than the key that grants it. */
export function deviceKey({ name, feedId }: { name: string; feedId: number }, grantedBy: Principal | null): NewKey {
  return {
    label: name,
    privateAccess: true,
    permissions: [{ accessMethods: [...ACCESS_METHODS], resources: [{ feedId }] }],
    expiresAt: grantedBy?.kind === 'key' ? grantedBy.expiresAt : null,
  }
}
