import { ProtocolError } from '../errors.ts'
import { ID_MAX } from '../ids.ts'
import type { HeadReader } from '../messages.ts'
import { type Dict, NO_ENTRIES, Payload, type TailCodec } from '../payload.ts'
import { malformed, skipNumber, skipSpace, skipString, skipValue } from './scan.ts'
import { parseJson } from './values.ts'

const QUOTE = 0x22
const COMMA = 0x2c
const ZERO = 0x30
const NINE = 0x39
const OPEN_LIST = 0x5b
const CLOSE_LIST = 0x5d
const OPEN_DICT = 0x7b
/** So many digits are exact in a double. */
const PLAIN_DIGITS_MAX = 15
const EXACT_ID_MAX = /^9007199254740992(\.0+)?$/

/** A dict without a prototype: `toString`, `constructor` and `__proto__` are ordinary keys of it. */
export function bareDict(entries: object): Dict {
  return Object.assign(Object.create(null) as Dict, entries)
}

/** Reads the head of a JSON message element by element and keeps its tail as text. */
export class JsonReader implements HeadReader {
  readonly #text: string
  readonly #depthMax: number
  readonly #codec: TailCodec
  #at: number
  #isFirst = true

  constructor(text: string, depthMax: number, codec: TailCodec) {
    this.#text = text
    this.#depthMax = depthMax
    this.#codec = codec
    const start = skipSpace(text, 0)
    if (text.charCodeAt(start) !== OPEN_LIST) throw new ProtocolError('a message must be a list')
    this.#at = skipSpace(text, start + 1)
  }

  more(): boolean {
    const c = this.#text.charCodeAt(this.#at)
    if (c === CLOSE_LIST) return false
    if (this.#isFirst) {
      this.#isFirst = false
      return true
    }
    if (c !== COMMA) throw malformed(this.#at)
    this.#at = skipSpace(this.#text, this.#at + 1)
    return true
  }

  number(): number {
    const text = this.#text
    const start = this.#at
    let value = 0
    let at = start
    let c = text.charCodeAt(at)
    for (; c >= ZERO && c <= NINE; c = text.charCodeAt(at)) {
      value = value * 10 + c - ZERO
      at += 1
    }
    // plain digits, as ids are; everything else is left to the rules of JSON
    const digits = at - start
    const isPlain = (c === COMMA || c === CLOSE_LIST) && digits > 0 && digits <= PLAIN_DIGITS_MAX
    if (!isPlain || (digits > 1 && text.charCodeAt(start) === ZERO)) return this.#anyNumber()
    this.#at = at
    return value
  }

  #anyNumber(): number {
    const start = this.#at
    const end = skipNumber(this.#text, start)
    this.#at = skipSpace(this.#text, end)
    const text = this.#text.slice(start, end)
    const value = Number(text)
    // 2^53 + 1 would be read as 2^53, the largest id
    return value === ID_MAX && !EXACT_ID_MAX.test(text) ? Infinity : value
  }

  uri(): string {
    return this.string()
  }

  string(): string {
    const start = this.#at
    if (this.#text.charCodeAt(start) !== QUOTE) throw malformed(start)
    const end = skipString(this.#text, start)
    this.#at = skipSpace(this.#text, end)
    const inner = this.#text.slice(start + 1, end - 1)
    return inner.includes('\\') ? (JSON.parse(this.#text.slice(start, end)) as string) : inner
  }

  dict(): Dict {
    const start = this.#at
    if (this.#text.charCodeAt(start) !== OPEN_DICT) throw malformed(start)
    const end = skipValue(this.#text, start, this.#depthMax)
    this.#at = skipSpace(this.#text, end)
    return end === start + 2 ? NO_ENTRIES : bareDict(parseJson(this.#text.slice(start, end)) as object)
  }

  payload(isOpaqueTaken: boolean): Payload {
    if (!this.more()) return Payload.empty
    const start = this.#at
    if (isOpaqueTaken && this.#text.charCodeAt(start) === QUOTE) {
      const end = skipString(this.#text, start)
      this.#at = skipSpace(this.#text, end)
      return Payload.raw(this.#codec, { tail: this.#text.slice(start, end), elements: 1 })
    }
    if (this.#text.charCodeAt(start) !== OPEN_LIST) throw malformed(start)
    let end = skipValue(this.#text, start, this.#depthMax)
    let elements: 0 | 1 | 2 = end === start + 2 ? 0 : 1
    this.#at = skipSpace(this.#text, end)
    if (this.more()) {
      const kwargs = this.#at
      if (this.#text.charCodeAt(kwargs) !== OPEN_DICT) throw malformed(kwargs)
      const kwargsEnd = skipValue(this.#text, kwargs, this.#depthMax)
      this.#at = skipSpace(this.#text, kwargsEnd)
      // "Empty Arguments and ArgumentsKw SHOULD be left out" (Basic Profile, "Messages")
      if (kwargsEnd > kwargs + 2) {
        end = kwargsEnd
        elements = 2
      }
    }
    return elements === 0 ? Payload.empty : Payload.raw(this.#codec, { tail: this.#text.slice(start, end), elements })
  }

  end(): void {
    if (this.more()) throw new ProtocolError('the message is too long')
    const end = skipSpace(this.#text, this.#at + 1)
    if (end !== this.#text.length) throw malformed(end)
  }
}
