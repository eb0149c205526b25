import { isLoopback } from '../config.ts'
import { networkOf } from '../rate-limit.ts'

/** A connection as it is watched over. */
export type Member = {
  readonly address: string
  /** looks after its deadlines; called about once a second. @param now milliseconds, monotonic */
  tick(now: number): void
  /** begins no more requests, and ends when those under way are answered */
  drain(): void
  /** ends at once */
  destroy(): void
}

export type CrowdLimits = {
  connectionsMax: number
  /** of one address, or of one network of 64 bits (IPv6). This machine is exempt: a proxy on it is many clients */
  perAddressMax: number
  tickMs: number
}

/** All connections of the sockets, over TCP and over WebSocket. */
export class Crowd {
  readonly #limits: CrowdLimits
  readonly #members = new Set<Member>()
  readonly #perNetwork = new Map<string, number>()
  readonly #clock: NodeJS.Timeout
  #isDraining = false
  #whenEmpty: (() => void) | null = null

  constructor(limits: CrowdLimits) {
    this.#limits = limits
    this.#clock = setInterval(() => {
      const now = performance.now()
      for (const member of this.#members) member.tick(now)
    }, limits.tickMs)
  }

  get size(): number {
    return this.#members.size
  }

  /** Whether one more may come from this address. */
  hasRoom(address: string): boolean {
    if (this.#isDraining || this.#members.size >= this.#limits.connectionsMax) return false
    return isLoopback(address) || (this.#perNetwork.get(networkOf(address)) ?? 0) < this.#limits.perAddressMax
  }

  /** @returns takes it out again; to be called once, when it has ended */
  add(member: Member): () => void {
    const network = networkOf(member.address)
    this.#members.add(member)
    this.#perNetwork.set(network, (this.#perNetwork.get(network) ?? 0) + 1)
    return () => {
      this.#members.delete(member)
      const left = (this.#perNetwork.get(network) ?? 1) - 1
      if (left === 0) this.#perNetwork.delete(network)
      else this.#perNetwork.set(network, left)
      if (this.#members.size === 0) this.#whenEmpty?.()
    }
  }

  /** Takes no more. @returns when all have ended; those that have not by the deadline are ended then */
  async drain(deadlineMs: number): Promise<void> {
    this.#isDraining = true
    const empty = new Promise<void>((resolve) => (this.#whenEmpty = resolve))
    for (const member of this.#members) member.drain()
    const late = setTimeout(() => {
      for (const member of this.#members) member.destroy()
    }, deadlineMs)
    if (this.#members.size > 0) await empty
    clearTimeout(late)
    clearInterval(this.#clock)
  }
}
