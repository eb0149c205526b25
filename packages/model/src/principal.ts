export const ACCESS_METHODS = ['get', 'put', 'post', 'delete'] as const
export type AccessMethod = (typeof ACCESS_METHODS)[number]

export type Resource = { feedId?: number; datastreamId?: string }

/** One way in that a key opens. All stated constraints must hold; no `resources` means everything the owner has. */
export type Permission = {
  label?: string
  accessMethods: AccessMethod[]
  resources?: Resource[]
}

/** A request made with an API key. */
export type KeyPrincipal = {
  kind: 'key'
  accountId: number
  login: string
  keyId: number
  permissions: Permission[]
  privateAccess: boolean
  /** ISO 8601, null for a key that does not expire */
  expiresAt: string | null
}

/** A person signed in to the workbench: may do everything in the account. */
export type OwnerPrincipal = { kind: 'owner'; accountId: number; login: string; sessionId: string }

export type Principal = KeyPrincipal | OwnerPrincipal

/** What is addressed: a feed, or one datastream of it. */
export type Addressed = { feedId: number; accountId: number; isPrivate: boolean; datastreamId?: string }

/**
 * API v2's verdict on a key and a feed. `hidden` means that the caller may not learn whether the feed exists: answer
 * like a missing one. `forbidden` means that it is known to the caller but refused.
 *
 * Rules: a foreign private feed is hidden; a foreign public feed may be read with any valid key and nothing more. In
 * the own account any permission may match; a key without private access, or bound to other resources, does not see a
 * private feed at all.
 */
export function access(principal: Principal, method: AccessMethod, to: Addressed): 'allowed' | 'forbidden' | 'hidden' {
  if (principal.accountId !== to.accountId) {
    if (to.isPrivate) return 'hidden'
    return method === 'get' ? 'allowed' : 'forbidden'
  }
  if (principal.kind === 'owner') return 'allowed'
  const covering = principal.permissions.filter((permission) => covers(permission, to))
  const allowed = covering.some((permission) => permission.accessMethods.includes(method))
  if (to.isPrivate && (!principal.privateAccess || covering.length === 0)) return 'hidden'
  if (allowed) return 'allowed'
  return !to.isPrivate && method === 'get' ? 'allowed' : 'forbidden'
}

/** A resource with a feed covers its datastreams; one with a datastream covers that one, and the feed for reading. */
function covers(permission: Permission, to: Addressed): boolean {
  if (!permission.resources || permission.resources.length === 0) return true
  return permission.resources.some(
    (resource) =>
      resource.feedId === to.feedId &&
      (resource.datastreamId === undefined ||
        to.datastreamId === undefined ||
        resource.datastreamId === to.datastreamId),
  )
}

/**
 * The datastreams of a feed that a key is narrowed to for one method, or null where it reaches all of them.
 * Feed documents show only these; feed writes that touch another are refused.
 */
export function visibleDatastreams(principal: Principal, method: AccessMethod, feedId: number): Set<string> | null {
  if (principal.kind === 'owner') return null
  const only = new Set<string>()
  for (const permission of principal.permissions) {
    if (!permission.accessMethods.includes(method)) continue
    if (!permission.resources || permission.resources.length === 0) return null
    for (const resource of permission.resources) {
      if (resource.feedId !== feedId) continue
      if (resource.datastreamId === undefined) return null
      only.add(resource.datastreamId)
    }
  }
  return only.size === 0 ? null : only
}

/** API v2: a master key is not bound to resources, sees private feeds, and has all four methods. */
export function isMaster(principal: Principal): boolean {
  if (principal.kind === 'owner') return true
  if (!principal.privateAccess) return false
  const free = principal.permissions.filter((permission) => !permission.resources || permission.resources.length === 0)
  return ACCESS_METHODS.every((method) => free.some((permission) => permission.accessMethods.includes(method)))
}
