import { isInRange, parseAddress, parseAddressRange } from './address.ts'
import type { CurrentKey, KeyPrincipal, Permission } from './principal.ts'

/** Where a request comes from. */
export type Circumstances = {
  /** address of the peer; null where it is not known: a permission with `sourceIp` never matches then */
  remoteAddress: string | null
  /** null where there is none, as always on sockets, MQTT and the bus: a permission with `referer` never matches there */
  referer: string | null
}

/** Whether any permission states more than methods and resources. The others cost nothing while requests are served. */
export function isConstrained({ permissions }: Pick<KeyPrincipal, 'permissions'>): boolean {
  return permissions.some(
    ({ referer, sourceIp, minimumIntervalS }) =>
      referer !== undefined || sourceIp !== undefined || minimumIntervalS !== undefined,
  )
}

/**
 * What is left of a key in these circumstances: without the permissions whose `sourceIp` or `referer` does not hold, so
 * that `access` need not know of them. Nothing may be left. `minimumIntervalS` depends on what a request is allowed to
 * do, and is up to `Pace`.
 */
export function narrowPrincipal(principal: KeyPrincipal, from: Circumstances): KeyPrincipal {
  const permissions = principal.permissions.filter((permission) => hindrances(permission, from).length === 0)
  return permissions.length === principal.permissions.length ? principal : { ...principal, permissions }
}

/**
 * As what a connection goes on whose key may have changed since it was opened.
 * @param principal what it was opened, or went on, as
 * @returns null where it has to end: the text that it was opened with does not work any more, or not from there
 */
export function renewKey(principal: KeyPrincipal, now: CurrentKey, from: Circumstances): KeyPrincipal | null {
  const { overlapUntil, generation: newest = 0, ...key } = now
  const { generation = 0, previousUntil } = principal
  const isPrevious = generation === newest - 1 && overlapUntil !== undefined
  if (generation !== newest && !isPrevious) return null
  const renewed = {
    ...key,
    ...(generation > 0 && { generation }),
    ...(previousUntil !== undefined && { previousUntil }),
  }
  const left = narrowPrincipal(renewed, from)
  return left.permissions.length > 0 ? left : null
}

/** Why a permission does not count in these circumstances, in words that follow "because"; none where it does. */
export function hindrances({ sourceIp, referer }: Permission, from: Circumstances): string[] {
  const found: string[] = []
  if (sourceIp !== undefined && !isFrom(sourceIp, from.remoteAddress)) {
    found.push(`it is for requests from ${sourceIp}, not from ${from.remoteAddress ?? 'an unknown address'}`)
  }
  if (referer !== undefined && (from.referer === null || !isUnder(referer, from.referer))) {
    found.push(`it is for pages of ${referer}, not for ${from.referer ?? 'requests without a Referer'}`)
  }
  return found
}

function isFrom(sourceIp: string, remoteAddress: string | null): boolean {
  const range = parseAddressRange(sourceIp)
  const address = remoteAddress === null ? null : parseAddress(remoteAddress)
  return range !== null && address !== null && isInRange(address, range)
}

/** Whether text can be the `referer` of a permission: a host, or a host with scheme, port or the beginning of a path. */
export function isRefererConstraint(text: string): boolean {
  return !/[\s@]/.test(text) && placeOf(text) !== null
}

/** A page is compared by its parts: as mere text, `http://example.org` also begins `http://example.org.evil.net`. */
function isUnder(constraint: string, referer: string): boolean {
  const [wanted, page] = [placeOf(constraint), placeOf(referer)]
  if (!wanted || !page || wanted.host !== page.host || !page.path.startsWith(wanted.path)) return false
  if (wanted.scheme !== null) return wanted.scheme === page.scheme && wanted.port === page.port
  return wanted.port === null || wanted.port === page.port
}

type Place = { scheme: string | null; host: string; port: string | null; path: string }
const PORTS: Readonly<Record<string, string>> = { http: '80', https: '443' }

function placeOf(text: string): Place | null {
  const [, scheme, authority, rest = ''] = /^(?:([a-z][a-z0-9+.-]*):\/\/)?([^/?#\\]+)(.*)$/i.exec(text.trim()) ?? []
  // what stands before an @ is a name and a password
  const [, host, port] = /^(?:.*@)?(\[[0-9a-f:.]+\]|[^:@[\]]+)(?::(\d{1,5}))?$/i.exec(authority ?? '') ?? []
  if (host === undefined) return null
  const known = scheme?.toLowerCase() ?? null
  return {
    scheme: known,
    host: host.toLowerCase(),
    port: port ?? (known === null ? null : (PORTS[known] ?? null)),
    path: rest.startsWith('/') ? rest : `/${rest}`,
  }
}
