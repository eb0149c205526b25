import { type Frame, type Message, ProtocolError, type Serializer, type TransportClose } from '@sluice/wamp'

/** The receiving half of a transport: what its listeners hear of the frames that come. */
export class Intake {
  onMessage: (message: Message, bytes?: number) => void = () => {}
  onViolation: (error: ProtocolError) => void = () => {}
  onClose: (close: TransportClose) => void = () => {}
  receiveBytesMax = Infinity
  /** Nothing more is delivered but the close. */
  isShut = false
  readonly #serializer: Serializer

  constructor(serializer: Serializer) {
    this.#serializer = serializer
  }

  /** Hands on the message, or the batch of them, in a frame. @param bytes the frame's length on the wire */
  take(frame: Frame, bytes: number): void {
    if (this.isShut) return
    try {
      if (bytes > this.receiveBytesMax) throw new ProtocolError(`more than ${this.receiveBytesMax} bytes`)
      const serializer = this.#serializer
      if (serializer.split === undefined) {
        this.onMessage(serializer.decode(frame), bytes)
        return
      }
      for (const one of serializer.split(frame)) {
        if (!this.isShut) this.onMessage(serializer.decode(one), one.length)
      }
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error
      this.violated(error)
    }
  }

  /** Tells of what is no message; nothing is delivered after it. */
  violated(error: ProtocolError): void {
    if (this.isShut) return
    this.onViolation(error)
    this.isShut = true
  }

  /** The transport is closed. Told once. */
  ended(close: TransportClose): void {
    this.isShut = true
    const { onClose } = this
    this.onClose = this.onMessage = this.onViolation = () => {}
    onClose(close)
  }
}
