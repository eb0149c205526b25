import { OPCODE, headBytes, writeHead } from './frame.ts'
import type { Outlet } from './outlet.ts'
import type { Batch, Writer } from './writer.ts'

/** A frame takes no further message beyond this. */
const FRAME_BYTES_MAX = 256 * 1024

/** Messages that leave in one turn, as one WebSocket frame (Advanced Profile, "Batched WebSocket Transport"). */
export class WebSocketBatch implements Batch {
  /** Bytes that wait for the end of the turn. */
  bytes = 0
  readonly #outlet: Outlet
  readonly #writer: Writer
  readonly #opcode: 0x1 | 0x2
  #units: Buffer[] = []

  constructor(outlet: Outlet, writer: Writer, isBinary: boolean) {
    this.#outlet = outlet
    this.#writer = writer
    this.#opcode = isBinary ? OPCODE.binary : OPCODE.text
  }

  /** @param unit one message with its separator or length */
  add(unit: Buffer): void {
    if (this.bytes + unit.length > FRAME_BYTES_MAX) this.flush()
    if (this.#units.length === 0) this.#writer.gather(this)
    this.#units.push(unit)
    this.bytes += unit.length
  }

  flush(): void {
    const [first] = this.#units
    if (first === undefined) return
    const units = this.#units
    const head = Buffer.allocUnsafe(headBytes(this.bytes))
    writeHead(head, this.#opcode, this.bytes)
    this.#units = []
    this.bytes = 0
    this.#outlet.write(head)
    for (const unit of units) this.#outlet.write(unit)
  }
}
