import { lookup, Resolver } from 'node:dns/promises'

/** What is asked of a name service; `node:dns` has it. */
export type NameService = Pick<Resolver, 'resolve4' | 'resolve6'>

/** A query is sent again after this long, and given up after three times as long. */
const QUERY_MS = 2000
const QUERY_TRIES = 2
/** The host has no address: as good as an answer. Anything else is an outage. */
const NO_SUCH_HOST: ReadonlySet<unknown> = new Set(['ENOTFOUND', 'ENODATA'])

/**
 * The machine's DNS servers, asked by c-ares: sockets of its own. `dns.lookup` would take one of the four threads that
 * file access and password hashing share, for as long as a slow server likes.
 */
export function machineNames(): NameService {
  return new Resolver({ timeout: QUERY_MS, tries: QUERY_TRIES })
}

/**
 * All addresses of a host name, IPv4 first.
 * @throws what c-ares says: `ENOTFOUND` and `ENODATA` for a host without addresses, `ETIMEOUT`, `ESERVFAIL`
 */
export async function addressesOf(host: string, names: NameService): Promise<string[]> {
  const answers = await Promise.allSettled([names.resolve4(host), names.resolve6(host)])
  const addresses = answers.flatMap((answer) => (answer.status === 'fulfilled' ? answer.value : []))
  if (addresses.length > 0) return addresses
  const reasons = answers.flatMap((answer) => (answer.status === 'rejected' ? [answer.reason as unknown] : []))
  throw reasons.find((reason) => !NO_SUCH_HOST.has(codeOf(reason))) ?? reasons[0] ?? new Error(`${host}: no addresses`)
}

/**
 * Looks names up where the machine does: its hosts file, search domains, multicast DNS. One at a time, because each
 * takes a thread: of four slow ones none could open a file.
 */
export function makeLocalLookup(): (host: string, signal: AbortSignal) => Promise<string[]> {
  let last: Promise<unknown> = Promise.resolve()
  return (host, signal) => {
    const turn = last.then(async () => {
      signal.throwIfAborted()
      return (await lookup(host, { all: true })).map(({ address }) => address)
    })
    last = turn.catch(() => {})
    return turn
  }
}

export function isNoSuchHost(error: unknown): boolean {
  return NO_SUCH_HOST.has(codeOf(error))
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined
}
