export const ACCESS_METHODS = ['get', 'put', 'post', 'delete'] as const
export type AccessMethod = (typeof ACCESS_METHODS)[number]

/** A feed, one datastream of it, or a trigger: that alone, and nothing of the feed that it looks at. */
export type Resource = { feedId?: number; datastreamId?: string; triggerId?: number }

/** One way in that a key opens. All stated constraints must hold; no `resources` means everything the owner has. */
export type Permission = {
  label?: string
  accessMethods: AccessMethod[]
  resources?: Resource[]
  /** host or beginning of a URL that the page must be under which makes a browser send the request */
  referer?: string
  /** address, or range in CIDR notation, that requests come from */
  sourceIp?: string
  /** seconds since the last request that this permission allowed */
  minimumIntervalS?: number
}

/**
 * Keeps one request to the `minimumIntervalS` of the permissions that allow it. A request is counted under one that is
 * due where none without an interval allows it. What was counted for a request stays its own.
 */
export type Pace = {
  /**
   * To be told of what was found allowed. A write to a whole feed under permissions for some datastreams of it is
   * counted when it is told which ones.
   * @throws {SluiceError} `rate_limited` where every permission for it was used too recently
   */
  take(method: AccessMethod, to: Addressed): void
  /** the same for what only permissions of the whole feed allow */
  takeWhole(method: AccessMethod, to: Addressed): void
  /** the same for a request that addresses no feed */
  takeAny(method: AccessMethod): void
  /** permissions without an interval, and those that this request was counted under */
  held(): Permission[]
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
  /** how often the key was rolled when the text was made that the request was made with; 0 where it is missing */
  generation?: number
  /** ISO 8601, only for a request with the text from before the last roll: that works until then */
  previousUntil?: string
  /** only where permissions have a `minimumIntervalS`, and for one request */
  pace?: Pace
}

/** A key as it is now. */
export type CurrentKey = KeyPrincipal & {
  /** ISO 8601, only while the text from before the last roll works, too */
  overlapUntil?: string
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

/** Whether a permission names what it is for; one that does not is for everything. */
export function isBound({ resources }: Permission): boolean {
  return resources !== undefined && resources.length > 0
}

/**
 * A resource with a feed covers its datastreams; one with a datastream covers that one, and the feed for reading; one
 * with a trigger covers no feed.
 */
export function covers(permission: Permission, to: Pick<Addressed, 'feedId' | 'datastreamId'>): boolean {
  if (!permission.resources || permission.resources.length === 0) return true
  return permission.resources.some(
    (resource) =>
      resource.triggerId === undefined &&
      resource.feedId === to.feedId &&
      (resource.datastreamId === undefined ||
        to.datastreamId === undefined ||
        resource.datastreamId === to.datastreamId),
  )
}

/** Whether a permission names this trigger; where it names a feed, too, the trigger must be on that one. */
export function coversTrigger({ resources = [] }: Permission, trigger: { id: number; feedId: number }): boolean {
  return resources.some(
    ({ triggerId, feedId }) => triggerId === trigger.id && (feedId === undefined || feedId === trigger.feedId),
  )
}

/** The datastreams of a feed that a permission is narrowed to, null where it is for all of them. */
export function namedDatastreams(permission: Permission, feedId: number): Set<string> | null {
  if (!isBound(permission)) return null
  const named = new Set<string>()
  for (const resource of permission.resources ?? []) {
    if (resource.feedId !== feedId || resource.triggerId !== undefined) continue
    if (resource.datastreamId === undefined) return null
    named.add(resource.datastreamId)
  }
  return named
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
    const named = namedDatastreams(permission, feedId)
    if (!named) return null
    for (const id of named) only.add(id)
  }
  return only.size === 0 ? null : only
}

/** API v2: a master key is not bound to resources, sees private feeds, and has all four methods. */
export function isMaster(principal: Principal): boolean {
  if (principal.kind === 'owner') return true
  if (!principal.privateAccess) return false
  const free = principal.permissions.filter((permission) => !isBound(permission))
  return ACCESS_METHODS.every((method) => free.some((permission) => permission.accessMethods.includes(method)))
}
