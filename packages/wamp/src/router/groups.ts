import { hashOf, weightOf } from './hash.ts'
import type { RouterSession } from './session.ts'

/** What SUBSCRIBE.Options.nkey names: one consumer, with all sessions that gave this key. */
interface Node {
  readonly key: string
  readonly hash: number
  readonly sessions: RouterSession[]
}

/**
 * The subscribers of one subscription that share its events among them. The specification has the options `nkey` and
 * `rkey` (Advanced Profile, "Sharded Subscription") and leaves their meaning open; here each event goes to one node:
 * the same one for the same `rkey` as long as nodes neither come nor go, and for all other keys when one does; without
 * `rkey` to the next in turn.
 */
export class ConsumerGroup {
  readonly #nodes: Node[] = []
  #next = 0

  get isEmpty(): boolean {
    return this.#nodes.length === 0
  }

  add(key: string, session: RouterSession): void {
    const node = this.#nodes.find((one) => one.key === key)
    if (node) node.sessions.push(session)
    else this.#nodes.push({ key, hash: hashOf(key), sessions: [session] })
  }

  remove(key: string, session: RouterSession): void {
    const at = this.#nodes.findIndex((one) => one.key === key)
    const sessions = this.#nodes[at]?.sessions ?? []
    const index = sessions.indexOf(session)
    if (index >= 0) sessions.splice(index, 1)
    if (at >= 0 && sessions.length === 0) this.#nodes.splice(at, 1)
  }

  /**
   * @param rkey '': none
   * @param mayHave whether a session may have the event; nodes without any are passed over
   * @returns the sessions of the chosen node that may have it
   */
  choose(rkey: string, mayHave: (session: RouterSession) => boolean): RouterSession[] {
    const open = this.#nodes.filter(({ sessions }) => sessions.some(mayHave))
    const node = rkey === '' ? this.#turn(open) : heaviest(open, hashOf(rkey))
    return node?.sessions.filter(mayHave) ?? []
  }

  #turn(open: readonly Node[]): Node | null {
    const count = this.#nodes.length
    for (let step = 0; step < count; step += 1) {
      const at = (this.#next + step) % count
      const node = this.#nodes[at]
      if (!node || !open.includes(node)) continue
      this.#next = at + 1
      return node
    }
    return null
  }
}

/** Rendezvous hashing: every node is weighed against the key, the heaviest wins. */
function heaviest(nodes: readonly Node[], keyHash: number): Node | null {
  let best: Node | null = null
  let most = -1
  for (const node of nodes) {
    const weight = weightOf(node.hash, keyHash)
    if (weight > most || (weight === most && best && node.key < best.key)) {
      best = node
      most = weight
    }
  }
  return best
}
