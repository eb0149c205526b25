/** A string in text formats, bytes in binary ones. */
export type Frame = string | Uint8Array
export type Dict = Record<string, unknown>

/** The part of a serializer that knows application payloads. `encode` never gets an empty payload. */
export interface TailCodec {
  /** @throws {WampError} wamp.error.invalid_argument: a value the format cannot represent */
  encodeTail(args: readonly unknown[], kwargs: Readonly<Dict>): Frame
  /** @param tail validated before, so this cannot fail */
  decodeTail(tail: Frame): { args: unknown[]; kwargs: Dict }
}

/**
 * Arguments and ArgumentsKw of one message: decoded values, a validated raw tail of some format, or both. Each form is
 * made from the other at most once, so a publication is encoded once for all its receivers, and never between peers of
 * one process. Values are shared between receivers: treat them as frozen.
 */
export class Payload {
  static readonly empty: Payload = new Payload({ args: [], kwargs: {} }, null)

  #values: { args: unknown[]; kwargs: Dict } | null
  readonly #source: { codec: TailCodec; tail: Frame } | null
  #encoded: Map<TailCodec, Frame> | null = null

  private constructor(
    values: { args: unknown[]; kwargs: Dict } | null,
    source: { codec: TailCodec; tail: Frame } | null,
  ) {
    this.#values = values
    this.#source = source
  }

  /** A payload of decoded values. Values must be what JSON can say: no undefined, functions, cycles or bigints. */
  static of(args: readonly unknown[] = [], kwargs: Readonly<Dict> = {}): Payload {
    if (args.length === 0 && Object.keys(kwargs).length === 0) return Payload.empty
    return new Payload({ args: [...args], kwargs: { ...kwargs } }, null)
  }

  /** A payload as it came over the wire. @param tail validated and not empty, in the format of `codec` */
  static raw(codec: TailCodec, tail: Frame): Payload {
    return new Payload(null, { codec, tail })
  }

  get args(): unknown[] {
    return this.#decoded().args
  }

  get kwargs(): Dict {
    return this.#decoded().kwargs
  }

  get isEmpty(): boolean {
    return this === Payload.empty
  }

  /** The tail in the format of `codec`, or null when there is nothing to append. @throws {WampError} as encodeTail */
  tail(codec: TailCodec): Frame | null {
    if (this.isEmpty) return null
    if (this.#source?.codec === codec) return this.#source.tail
    this.#encoded ??= new Map()
    let frame = this.#encoded.get(codec)
    if (frame === undefined) {
      const { args, kwargs } = this.#decoded()
      frame = codec.encodeTail(args, kwargs)
      this.#encoded.set(codec, frame)
    }
    return frame
  }

  #decoded(): { args: unknown[]; kwargs: Dict } {
    this.#values ??= this.#source?.codec.decodeTail(this.#source.tail) ?? { args: [], kwargs: {} }
    return this.#values
  }
}
