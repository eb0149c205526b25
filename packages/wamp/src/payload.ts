/** A string in text formats, bytes in binary ones. */
export type Frame = string | Uint8Array
export type Dict = Record<string, unknown>

/** The dict of every message that came with an empty one. It is frozen, and has no prototype as no decoded dict has. */
export const NO_ENTRIES: Dict = Object.freeze(Object.create(null) as Dict)

/** Whether a dict has any key. */
export function hasEntries(dict: object): boolean {
  for (const key in dict) if (Object.hasOwn(dict, key)) return true
  return false
}

/**
 * What an application payload says. `opaque` is there if it is no list but one string or some bytes, as peers that
 * encrypt send them beside `enc_algo`; `args` has it as its only item then.
 */
export interface PayloadValues {
  readonly args: unknown[]
  readonly kwargs: Dict
  readonly opaque?: Frame
}

/** The part of a serializer that knows application payloads. `encodeTail` never gets an empty payload. */
export interface TailCodec {
  /** @throws {WampError} wamp.error.invalid_argument: a value the format cannot represent */
  encodeTail(values: PayloadValues): Frame
  /** @param tail validated before, so this cannot fail */
  decodeTail(tail: Frame): PayloadValues
}

/**
 * Arguments and ArgumentsKw of one message: decoded values, a validated raw tail of some format, or both. Each form is
 * made from the other at most once, so a publication is encoded once for all its receivers, and never between peers of
 * one process. Values are shared between receivers: treat them as frozen.
 */
export class Payload {
  static readonly empty: Payload = new Payload({ args: [], kwargs: {} }, null, null)

  /** How many elements of a message it is: 2 with ArgumentsKw, 0 if empty. */
  readonly elements: 0 | 1 | 2
  #values: PayloadValues | null
  readonly #codec: TailCodec | null
  readonly #tail: Frame
  #encoded: Map<TailCodec, Frame> | null = null

  private constructor(values: PayloadValues | null, codec: TailCodec | null, raw: RawTail | null) {
    this.#values = values
    this.#codec = codec
    this.#tail = raw?.tail ?? ''
    this.elements = raw?.elements ?? (values === null ? 0 : elementsOf(values))
  }

  /**
   * A payload of decoded values: what JSON can say, Uint8Arrays, and integers of 64 bits as bigints. No undefined,
   * functions or cycles.
   */
  static of(args: readonly unknown[] = [], kwargs: Readonly<Dict> = {}): Payload {
    if (args.length === 0 && !hasEntries(kwargs)) return Payload.empty
    return new Payload({ args: [...args], kwargs: { ...kwargs } }, null, null)
  }

  /** One string or bytes in place of Arguments, for what is sent beside `enc_algo`. */
  static opaque(opaque: Frame): Payload {
    return new Payload({ args: [opaque], kwargs: {}, opaque }, null, null)
  }

  /** A payload as it came over the wire. @param raw validated and not empty, in the format of `codec` */
  static raw(codec: TailCodec, raw: RawTail): Payload {
    return new Payload(null, codec, raw)
  }

  get args(): unknown[] {
    return this.#decoded().args
  }

  get kwargs(): Dict {
    return this.#decoded().kwargs
  }

  /** The one string or bytes that stand in place of Arguments, or null as usual. */
  get opaque(): Frame | null {
    return this.#decoded().opaque ?? null
  }

  /** Bytes, or UTF-16 units of a text format, of what came over the wire; 0 for values of this process. */
  get size(): number {
    return this.#tail.length
  }

  get isEmpty(): boolean {
    return this === Payload.empty
  }

  /** The tail in the format of `codec`, or null when there is nothing to append. @throws {WampError} as encodeTail */
  tail(codec: TailCodec): Frame | null {
    if (this.isEmpty) return null
    if (this.#codec === codec) return this.#tail
    this.#encoded ??= new Map()
    let frame = this.#encoded.get(codec)
    if (frame === undefined) {
      frame = codec.encodeTail(this.#decoded())
      this.#encoded.set(codec, frame)
    }
    return frame
  }

  /**
   * The same payload for keeping: a raw tail is a view into what was read from the network, of which it would keep
   * all. Values and other encodings are not kept.
   */
  compact(): Payload {
    const tail = this.#tail
    if (this.#codec === null || this.elements === 0) return this
    // a string cut from another one keeps it too; JSON text has no way to copy that is sure to be one
    if (typeof tail === 'string' || tail.byteLength === tail.buffer.byteLength) return this
    return new Payload(null, this.#codec, { tail: new Uint8Array(tail), elements: this.elements })
  }

  #decoded(): PayloadValues {
    this.#values ??= this.#codec?.decodeTail(this.#tail) ?? { args: [], kwargs: {} }
    return this.#values
  }
}

/** Arguments, and ArgumentsKw if it says something, as they stand in a message, and how many elements that is. */
export interface RawTail {
  readonly tail: Frame
  readonly elements: 0 | 1 | 2
}

function elementsOf({ args, kwargs }: PayloadValues): 0 | 1 | 2 {
  if (hasEntries(kwargs)) return 2
  return args.length > 0 ? 1 : 0
}
