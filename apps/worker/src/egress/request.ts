import { Agent } from 'node:http'
import { Agent as SecureAgent } from 'node:https'
import { addressesInName, hostOf, isAddressAllowed, isOpened, refusalOfAddresses, refusalOfUrl } from '@sluice/service'
import type { EgressRules } from '@sluice/service'
import { exchange } from './exchange.ts'
import type { Answer } from './exchange.ts'
import { orAborted, reasonOfAbort } from '../or-aborted.ts'
import { reasonOf } from './reason.ts'
import { addressesOf, isNoSuchHost, machineNames, makeLocalLookup } from './resolve.ts'
import type { NameService } from './resolve.ts'

/** An idle connection is closed before common servers close it (Node: 5 s). */
const IDLE_MS = 2000
const IDLE_CONNECTIONS_MAX = 64

export type Question = {
  url: string
  headers: Record<string, string>
  body: string
  /** false: certificates of addresses that the operator opened are not checked */
  verifiesTls: boolean
}
export type Egress = Disposable & {
  /**
   * POSTs to a URL of a user's choosing. Every address that the host resolves to is checked, and only checked ones are
   * connected to. No redirects, no proxies, no cookies. Never rejects.
   * @param signal the deadline of all of it: look-up, connection, answer
   */
  post(question: Question, signal: AbortSignal): Promise<Answer>
}

/** What goes out for users goes through here. `names` replaces the machine's DNS servers. */
export function openEgress(parts: { rules: EgressRules; names?: NameService }): Egress {
  const { rules, names = machineNames() } = parts
  const pool = { keepAlive: true, timeout: IDLE_MS, maxFreeSockets: IDLE_CONNECTIONS_MAX }
  const plain = new Agent(pool)
  const secure = new SecureAgent({ ...pool, maxCachedSessions: 0 })
  const lookUpLocally = makeLocalLookup()

  const resolve = async (host: string, signal: AbortSignal): Promise<readonly string[]> => {
    const named = addressesInName(host)
    // of `localhost` the operator may have opened one address and not the other
    if (named) return named.filter((address) => isAddressAllowed(address, rules))
    try {
      return await orAborted(addressesOf(host, names), signal)
    } catch (error) {
      // what only this machine knows is private: without opened ranges no use to anyone
      if (!isNoSuchHost(error) || rules.allow.length === 0) throw error
      return await orAborted(lookUpLocally(host, signal), signal)
    }
  }

  const post = async (question: Question, signal: AbortSignal): Promise<Answer> => {
    const refusal = refusalOfUrl(question.url, rules)
    if (refusal !== null) return { kind: 'refused', reason: refusal }
    const url = new URL(question.url)
    const addresses = await resolve(hostOf(url), signal)
    const forbidden = refusalOfAddresses(url, addresses, rules)
    if (forbidden !== null) return { kind: 'refused', reason: forbidden }
    const isSecure = url.protocol === 'https:'
    const call = {
      url,
      addresses,
      headers: question.headers,
      body: Buffer.from(question.body),
      checksCertificate: question.verifiesTls || !mayGoUnchecked(addresses, rules),
      agent: isSecure ? secure : plain,
    }
    return exchange(call, signal)
  }

  return {
    post: (question, signal) =>
      post(question, signal).catch((error: unknown) => ({
        kind: 'failed',
        reason: signal.aborted ? reasonOfAbort(signal) : reasonOf(error),
      })),
    [Symbol.dispose]() {
      plain.destroy()
      secure.destroy()
    },
  }
}

/** Whether certificates need no check, should its owner say so: only the operator's own network may be so careless. */
export function mayGoUnchecked(addresses: readonly string[], rules: EgressRules): boolean {
  return addresses.every((address) => isOpened(address, rules))
}
