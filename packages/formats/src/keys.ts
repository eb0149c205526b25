import {
  ACCESS_METHODS,
  formatTimestamp,
  isRefererConstraint,
  LIMITS,
  parseAddressRange,
  parseTimestamp,
  type AccessMethod,
  type NewKey,
  type Permission,
  type Resource,
} from '@sluice/model'
import { asHash, isHash, listOf, type Body, type Input } from './body.ts'
import { keyDocument } from './documents.ts'
import { refuseAny, type Problems } from './problems.ts'
import { isMissing, readBoolean, readNumber, readText } from './scalars.ts'

type KeyInput = Input<'label' | 'private_access' | 'expires_at' | 'permissions'>
type PermissionInput = Input<'label' | 'access_methods' | 'resources' | 'referer' | 'source_ip' | 'minimum_interval'>
type ResourceInput = Input<'feed_id' | 'datastream_id' | 'datastream_trigger_id'>

/** The longest IPv6 address with an IPv4 tail and a length. */
const SOURCE_IP_CHARS_MAX = 49

/**
 * Body of POST /v2/keys and PUT /v2/keys/KEY: `{"key":{"label","permissions":[…],…}}`, where the wrapper may be missing,
 * or the same as XML. What is null counts as not given; `id`, `user` and whatever is not known are ignored.
 * @throws {SluiceError} `invalid` or `unprocessable` with the sentences of API v2
 */
export function parseKeyBody(body: Body): NewKey {
  const document: Input<'key'> = keyDocument(body)
  return readKey(isMissing(document.key) ? document : asHash(document.key))
}

/** The same for the members of a key, however they came. */
export function readKey(input: KeyInput): NewKey {
  const problems: Problems = []
  const label = readText(input.label, 'label', LIMITS.labelCharsMax, problems)
  if (label === undefined || label.trim() === '') problems.push("label can't be blank")
  const privateAccess = readBoolean(input.private_access, 'private_access', problems) ?? false
  const expiresAt = readExpiry(input.expires_at, problems)
  const listed = listOf(input.permissions, 'permissions') ?? []
  if (listed.length === 0) problems.push("permissions can't be blank")
  if (listed.length > LIMITS.permissionsPerKeyMax) {
    problems.push(`permissions can't be more than ${LIMITS.permissionsPerKeyMax}`)
  }
  refuseAny(problems)
  const permissions = listed.map((entry) => readPermission(entry, problems))
  refuseAny(problems)
  return { label: label ?? '', privateAccess, permissions, expiresAt }
}

function readExpiry(input: unknown, problems: Problems): string | null {
  if (isMissing(input)) return null
  const at = typeof input === 'string' ? parseTimestamp(input.replace(/ UTC$/, 'Z')) : null
  if (at !== null) return formatTimestamp(at)
  problems.push('expires_at is not an ISO 8601 timestamp')
  return null
}

function readPermission(entry: unknown, problems: Problems): Permission {
  const input: PermissionInput = asHash(entry)
  const permission: Permission = { accessMethods: readMethods(input.access_methods, problems) }
  const label = readText(input.label, 'permissions_label', LIMITS.labelCharsMax, problems)
  if (label) permission.label = label
  readConstraints(input, permission, problems)
  const resources = listOf(input.resources, 'resources') ?? []
  if (resources.length > LIMITS.resourcesPerPermissionMax) {
    problems.push(`permissions_resources can't be more than ${LIMITS.resourcesPerPermissionMax}`)
  } else if (resources.length > 0) {
    permission.resources = resources.map((resource) => readResource(resource, problems))
  }
  return permission
}

/** What must hold besides method and resource. */
function readConstraints(input: PermissionInput, permission: Permission, problems: Problems): void {
  const referer = readText(input.referer, 'permissions_referer', LIMITS.urlCharsMax, problems)?.trim()
  if (referer && isRefererConstraint(referer)) permission.referer = referer
  else if (referer) problems.push('permissions_referer is not a host or the beginning of a URL')
  const sourceIp = readText(input.source_ip, 'permissions_source_ip', SOURCE_IP_CHARS_MAX, problems)?.trim()
  if (sourceIp && parseAddressRange(sourceIp)) permission.sourceIp = sourceIp
  else if (sourceIp) problems.push('permissions_source_ip is not an IP address, or a range of them in CIDR notation')
  const interval = readNumber(input.minimum_interval, 'permissions_minimum_interval', problems)
  if (interval === undefined || interval === 0) return
  if (interval > 0 && interval <= LIMITS.minimumIntervalSMax) permission.minimumIntervalS = interval
  else problems.push(`permissions_minimum_interval must be from 0 to ${LIMITS.minimumIntervalSMax} seconds`)
}

function readMethods(input: unknown, problems: Problems): AccessMethod[] {
  const words = listOf(input, 'access_methods') ?? []
  if (words.length === 0) problems.push("permissions_access_methods can't be blank")
  const methods = new Set<AccessMethod>()
  for (const word of words) {
    const method = ACCESS_METHODS.find((known) => typeof word === 'string' && known === word.toLowerCase())
    if (method) methods.add(method)
    else problems.push(`permissions_access_methods is invalid (pick from ${ACCESS_METHODS.join(', ')})`)
  }
  return [...methods]
}

function readResource(entry: unknown, problems: Problems): Resource {
  const input: ResourceInput = isHash(entry) ? entry : {}
  const resource: Resource = {}
  const feedId = readId(input.feed_id, 'permissions_resources_feed_id', problems)
  const triggerId = readId(input.datastream_trigger_id, 'permissions_resources_datastream_trigger_id', problems)
  const datastreamId = readText(
    input.datastream_id,
    'permissions_resources_datastream_id',
    LIMITS.datastreamIdCharsMax,
    problems,
  )
  if (feedId !== undefined) resource.feedId = feedId
  if (datastreamId) resource.datastreamId = datastreamId
  if (triggerId !== undefined) resource.triggerId = triggerId
  if (datastreamId && isMissing(input.feed_id)) {
    problems.push("permissions_resources_feed_id can't be blank if we have supplied a datastream_id")
  } else if (isMissing(input.feed_id) && isMissing(input.datastream_trigger_id)) {
    problems.push(`permissions_resources_feed_id ${NOTHING_NAMED}`)
  }
  return resource
}

const NOTHING_NAMED = 'Must supply at least one of feed_id (optionally with a datastream_id) or datastream_trigger_id'

/** @returns undefined where it is missing, or wrong and among the problems */
function readId(input: unknown, name: string, problems: Problems): number | undefined {
  if (isMissing(input)) return undefined
  const id = typeof input === 'string' && /^\d{1,15}$/.test(input) ? Number(input) : input
  if (typeof id === 'number' && Number.isSafeInteger(id) && id > 0) return id
  problems.push(`${name} is invalid`)
  return undefined
}
