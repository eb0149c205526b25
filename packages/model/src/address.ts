/** Addresses of this many bits in common are one: 128 for a single IPv6 address, 96 and more for IPv4. */
export type AddressRange = { base: bigint; bits: number }

/** Where IPv6 writes an IPv4 address: `::ffff:a.b.c.d` (RFC 4291 §2.5.5.2). */
const V4_PREFIX = 0xffffn << 32n
const V4_BITS = 96

/**
 * An IP address as a number of 128 bits. IPv4 and the same address written as IPv6 are one number; the zone of a
 * link-local address (`%eth0`) does not count. Null for anything else, host names and `127.1` too.
 */
export function parseAddress(text: string): bigint | null {
  const [address = ''] = text.split('%', 1)
  return address.includes(':') ? parseV6(address) : withPrefix(parseV4(address))
}

/** `192.0.2.7`, `192.0.2.0/24`, `2001:db8::/32`; an address alone is a range of one. Null for anything else. */
export function parseAddressRange(text: string): AddressRange | null {
  const [, address = '', length] = /^([0-9a-f.:]{2,45})(?:\/(\d{1,3}))?$/i.exec(text) ?? []
  const base = parseAddress(address)
  if (base === null) return null
  const bits = length === undefined ? 128 : Number(length) + (address.includes(':') ? 0 : V4_BITS)
  return bits > 128 ? null : { base, bits }
}

/** An IPv4 address is in no range of IPv6 addresses, however wide. */
export function isInRange(address: bigint, { base, bits }: AddressRange): boolean {
  if (isV4(address) && bits < V4_BITS) return false
  const free = BigInt(128 - bits)
  return address >> free === base >> free
}

const isV4 = (address: bigint): boolean => address >> 32n === V4_PREFIX >> 32n

const withPrefix = (v4: bigint | null): bigint | null => (v4 === null ? null : V4_PREFIX | v4)

function parseV4(text: string): bigint | null {
  const parts = text.split('.')
  // no leading zeros: some read them as octal
  if (parts.length !== 4 || !parts.every((part) => /^(?:0|[1-9]\d{0,2})$/.test(part) && Number(part) <= 255))
    return null
  return parts.reduce((sum, part) => (sum << 8n) | BigInt(part), 0n)
}

function parseV6(text: string): bigint | null {
  const halves = text.split('::')
  const [first = '', last = ''] = halves
  if (halves.length > 2 || (halves.length === 2 && first.includes('.'))) return null
  const [head, tail] = [groupsOf(first), groupsOf(last)]
  if (head === null || tail === null) return null
  const missing = 8 - head.length - tail.length
  // `::` stands for one group at least
  if (halves.length === 2 ? missing < 1 : missing !== 0) return null
  const groups = [...head, ...Array.from({ length: missing }, () => 0n), ...tail]
  return groups.reduce((sum, group) => (sum << 16n) | group, 0n)
}

/** Groups of 16 bits; the last two may be written as an IPv4 address. */
function groupsOf(text: string): bigint[] | null {
  if (text === '') return []
  const parts = text.split(':')
  const dotted = parts.at(-1)?.includes('.') ? parseV4(parts.pop() ?? '') : undefined
  if (dotted === null || !parts.every((part) => /^[0-9a-f]{1,4}$/i.test(part))) return null
  const groups = parts.map((part) => BigInt(`0x${part}`))
  return dotted === undefined ? groups : [...groups, dotted >> 16n, dotted & 0xffffn]
}
