/** A transport as the registry of them sees it. */
export interface Peer {
  /** Whether anything came from the peer since this was last set to false. */
  isHeard: boolean
  /** Whether we do not read from it, so that its silence means nothing. */
  readonly isUnread: boolean
  /** Asks for a sign of life. */
  ping(): void
  /** Ends the connection without a word. */
  terminate(): void
}

export interface ConnectionLimits {
  /** Connections open at once, on all listeners together. */
  readonly connectionsMax: number
  /** The same from one address, loopback included; null: 1000 from any other than loopback. Unix sockets have none. */
  readonly perAddressMax: number | null
  readonly pingMs: number
}

/** A proxy on this machine, or a load generator, is many peers. */
const LOOPBACK = /^(::1|(::ffff:)?127\.)/
const PER_ADDRESS_MAX = 1000
/** Pings are spread over the period, so that ten thousand of them do not hold up the messages behind them. */
const SLOTS = 16

/**
 * All peers of the bus. Each is pinged once per period, and cut off if it was not heard for a whole one; any traffic
 * counts.
 */
export class Connections {
  readonly #limits: ConnectionLimits
  readonly #slots: Set<Peer>[] = Array.from({ length: SLOTS }, () => new Set())
  readonly #perAddress = new Map<string, number>()
  readonly #heartbeat: NodeJS.Timeout
  #size = 0
  #next = 0
  #beat = 0

  constructor(limits: ConnectionLimits) {
    this.#limits = limits
    this.#heartbeat = setInterval(() => this.#visit(), limits.pingMs / SLOTS)
  }

  get size(): number {
    return this.#size
  }

  /** Whether one more may come from this address. */
  hasRoom(address: string | undefined): boolean {
    if (this.#size >= this.#limits.connectionsMax) return false
    const counted = this.#counted(address)
    if (counted === null) return true
    return (this.#perAddress.get(counted) ?? 0) < (this.#limits.perAddressMax ?? PER_ADDRESS_MAX)
  }

  /** @returns what forgets the peer; to be called once, when its connection has ended */
  add(peer: Peer, address: string | undefined): () => void {
    const slot = this.#slots[this.#next] ?? new Set()
    this.#next = (this.#next + 1) % SLOTS
    slot.add(peer)
    this.#size += 1
    const counted = this.#counted(address)
    if (counted !== null) this.#perAddress.set(counted, (this.#perAddress.get(counted) ?? 0) + 1)
    return () => {
      slot.delete(peer)
      this.#size -= 1
      if (counted !== null) this.#leave(counted)
    }
  }

  /** Ends all of them and pings no more. */
  terminate(): void {
    clearInterval(this.#heartbeat)
    for (const slot of this.#slots) for (const peer of slot) peer.terminate()
  }

  #counted(address: string | undefined): string | null {
    if (address === undefined) return null
    return this.#limits.perAddressMax === null && LOOPBACK.test(address) ? null : address
  }

  #leave(address: string): void {
    const left = (this.#perAddress.get(address) ?? 1) - 1
    if (left === 0) this.#perAddress.delete(address)
    else this.#perAddress.set(address, left)
  }

  #visit(): void {
    for (const peer of this.#slots[this.#beat] ?? []) {
      if (peer.isHeard || peer.isUnread) {
        peer.isHeard = false
        peer.ping()
      } else peer.terminate()
    }
    this.#beat = (this.#beat + 1) % SLOTS
  }
}
