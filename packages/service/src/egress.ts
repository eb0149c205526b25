import { isIP } from 'node:net'
import { networkInterfaces } from 'node:os'
import ipaddr from 'ipaddr.js'
import { z } from 'zod'

/** A range of addresses: its first one and the number of leading bits that count. */
export type Cidr = readonly [ipaddr.IPv4 | ipaddr.IPv6, number]

/** Where requests made for users may go. */
export type EgressRules = {
  /** ranges that the operator opened although they are not public */
  allow: readonly Cidr[]
  /** whether public addresses may be spoken to in plain http; addresses in `allow` always may */
  allowsHttp: boolean
}

/** Beyond what the registries call special: virtual services of a cloud's host at an address that looks public. */
const DENIED_IPV4: ReadonlySet<string> = new Set(['168.63.129.16'])
/** RFC 4291: all of today's global unicast. Outside it lie IPv4-compatible addresses and what nobody routes. */
const GLOBAL_UNICAST = ipaddr.IPv6.parseCIDR('2000::/3')
/** RFC 5214: an interface identifier that says which IPv4 address the packet ends at. */
const ISATAP = 0x5efe

/** Services from port 1024 on that listen to no webhook, and that a request from inside might reach. */
const DENIED_PORTS: ReadonlySet<number> = new Set(
  Object.values({
    sql: [1433, 1434, 1521, 1522, 1526, 1630, 2483, 2484, 3050, 3306, 4333, 5432, 5433, 6432, 26257, 33060, 50000],
    otherDatabases: [
      5984, 6379, 6380, 6984, 7199, 7474, 7687, 8086, 8529, 9042, 9142, 9160, 9200, 9300, 11211, 27017, 27018, 27019,
      28015, 28017, 29015,
    ],
    queues: [1883, 4222, 4369, 5671, 5672, 8883, 9092, 9093, 9094, 61613, 61614, 61616],
    clusters: [2181, 2375, 2376, 2377, 2379, 2380, 6443, 10250, 10255],
    filesAndScreens: [2049, 3389, 5900, 5901, 5985, 5986, 6000],
    // Fetch standard, "bad ports"
    blockedByBrowsers: [
      1719, 1720, 1723, 3659, 4045, 4190, 5060, 5061, 6566, 6665, 6666, 6667, 6668, 6669, 6679, 6697, 10080,
    ],
  }).flat(),
)

/**
 * Reads the ranges of a setting: `10.0.0.0/8, 127.0.0.1, fd00::/8`. A bare address is a range of one.
 * @returns what could be read, and one sentence for each part that could not
 */
export function parseEgressAllow(text: string): { allow: Cidr[]; problems: string[] } {
  const allow: Cidr[] = []
  const problems: string[] = []
  for (const part of text.split(',').map((part) => part.trim())) {
    if (part === '') continue
    const cidr = cidrOf(part)
    if (cidr) allow.push(cidr)
    else problems.push(`"${part}" is not an address range like 10.0.0.0/8 or fd00::/8`)
  }
  return { allow, problems }
}

/** `parseEgressAllow` as a setting; empty unless given. */
export function egressAllowSetting(): z.ZodDefault<z.ZodPipe<z.ZodString, z.ZodTransform<Cidr[], string>>> {
  const ranges = z.string().transform((text, context) => {
    const { allow, problems } = parseEgressAllow(text)
    for (const message of problems) context.addIssue({ code: 'custom', message })
    return problems.length === 0 ? allow : z.NEVER
  })
  return ranges.default([])
}

/**
 * Why a URL may not be asked for, as a sentence, or null. Checks what the URL itself tells: scheme, user, port, and the
 * address where it is written out, in whatever spelling. A name may still lead to an address that is refused when it is
 * looked up, so this does not replace the check at each connection.
 */
export function refusalOfUrl(text: string, rules: EgressRules): string | null {
  // the URL parser drops tabs and newlines and turns backslashes around; whoever reads the URL does not
  if (/[\s\p{Cc}\\]/u.test(text)) return 'A URL has no spaces, backslashes or control characters'
  if (!URL.canParse(text)) return 'This is not a URL'
  const url = new URL(text)
  if (url.protocol !== 'https:' && url.protocol !== 'http:') return 'Only http and https URLs can be asked for'
  if (url.username !== '' || url.password !== '') return 'A URL with a user name or password in it is refused'
  const port = url.port === '' ? null : Number(url.port)
  if (port !== null && !isPortAllowed(port)) {
    return `Port ${port} is refused: 80, 443 and ports from 1024 that no database or similar service uses are possible`
  }
  const host = hostOf(url)
  if (host === '') return 'This is not a URL'
  const addresses = addressesInName(host)
  if (addresses && !addresses.some((address) => isAddressAllowed(address, rules))) {
    return `${host} is not a public address; ${OPERATOR_MAY}`
  }
  if (url.protocol === 'https:' || rules.allowsHttp) return null
  // what a name stands for is known only when it is looked up
  const isPossible = addresses ? addresses.some((address) => isOpened(address, rules)) : rules.allow.length > 0
  return isPossible ? null : HTTPS_ONLY
}

const OPERATOR_MAY = 'the operator of this server may allow more with SLUICE_EGRESS_ALLOW'
const HTTPS_ONLY = 'Only https URLs can be asked for here'

/**
 * Why none of a host's addresses may be connected to, or null.
 * @param url one that `refusalOfUrl` passed
 * @param addresses what its host resolves to; one that is forbidden refuses them all
 * @returns a sentence that tells no address: what names mean inside the operator's network is not the user's business
 */
export function refusalOfAddresses(url: URL, addresses: readonly string[], rules: EgressRules): string | null {
  if (addresses.length === 0 || !addresses.every((address) => isAddressAllowed(address, rules))) {
    return `${hostOf(url)} leads to an address that is not public; ${OPERATOR_MAY}`
  }
  const isPlain = url.protocol === 'http:' && !rules.allowsHttp
  return isPlain && !addresses.every((address) => isOpened(address, rules)) ? HTTPS_ONLY : null
}

/** The host without the brackets of IPv6 and the dot of a full name. */
export function hostOf(url: URL): string {
  return url.hostname.replace(/^\[(.*)\]$/, '$1').replace(/\.+$/, '')
}

/** The addresses that a host stands for by itself: a literal, or `localhost` (RFC 6761). Null for names to look up. */
export function addressesInName(host: string): readonly string[] | null {
  if (isIP(host) !== 0) return [host]
  return /(^|\.)localhost$/i.test(host) ? ['127.0.0.1', '::1'] : null
}

/**
 * Whether connections made for users may go to this address: public unicast that is not this machine, or opened by the
 * operator. Every form of IPv6 with an IPv4 address inside counts as not public.
 * @param own addresses of this machine
 */
export function isAddressAllowed(address: string, rules: EgressRules, own = ownAddresses): boolean {
  const parsed = parseAddress(address)
  if (!parsed) return false
  return matchesAny(parsed, rules.allow) || (isPublic(parsed) && !own().includes(parsed.toString()))
}

/** Whether the operator opened this address by name of its range. */
export function isOpened(address: string, rules: EgressRules): boolean {
  const parsed = parseAddress(address)
  return parsed !== null && matchesAny(parsed, rules.allow)
}

function isPublic(address: ipaddr.IPv4 | ipaddr.IPv6): boolean {
  if (address.range() !== 'unicast') return false
  if (address instanceof ipaddr.IPv4) return !DENIED_IPV4.has(address.toString())
  const [, , , , flags = 0, isatap] = address.parts
  return address.match(GLOBAL_UNICAST) && !(isatap === ISATAP && (flags & ~0x0200) === 0)
}

function matchesAny(address: ipaddr.IPv4 | ipaddr.IPv6, ranges: readonly Cidr[]): boolean {
  return ranges.some(([first, bits]) => first.kind() === address.kind() && address.match(first, bits))
}

function parseAddress(text: string): ipaddr.IPv4 | ipaddr.IPv6 | null {
  // ipaddr.js reads octal, hexadecimal and short forms, too: no address comes to us in those
  return isIP(text) === 0 ? null : ipaddr.parse(text)
}

function cidrOf(text: string): Cidr | null {
  const [address = '', bits, ...rest] = text.split('/')
  const parsed = parseAddress(address)
  if (!parsed || rest.length > 0 || address.includes('%')) return null
  const width = parsed.kind() === 'ipv4' ? 32 : 128
  if (bits === undefined) return [parsed, width]
  return /^\d{1,3}$/.test(bits) && Number(bits) <= width ? [parsed, Number(bits)] : null
}

function isPortAllowed(port: number): boolean {
  return port === 80 || port === 443 || (port >= 1024 && !DENIED_PORTS.has(port))
}

function ownAddresses(): string[] {
  return Object.values(networkInterfaces())
    .flatMap((all) => all ?? [])
    .flatMap(({ address }) => parseAddress(address)?.toString() ?? [])
}
