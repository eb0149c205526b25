import { ProtocolError } from '../errors.ts'
import type { HeadReader } from '../messages.ts'
import { type Dict, Payload, type TailCodec } from '../payload.ts'
import { malformed, skipNumber, skipSpace, skipString, skipValue } from './scan.ts'

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
    if (text.charAt(start) !== '[') throw new ProtocolError('a message must be a list')
    this.#at = skipSpace(text, start + 1)
  }

  more(): boolean {
    const c = this.#text.charAt(this.#at)
    if (c === ']') return false
    if (this.#isFirst) {
      this.#isFirst = false
      return true
    }
    if (c !== ',') throw malformed(this.#at)
    this.#at = skipSpace(this.#text, this.#at + 1)
    return true
  }

  number(): number {
    const start = this.#at
    const end = skipNumber(this.#text, start)
    this.#at = skipSpace(this.#text, end)
    return Number(this.#text.slice(start, end))
  }

  string(): string {
    const start = this.#at
    if (this.#text.charAt(start) !== '"') throw malformed(start)
    const end = skipString(this.#text, start)
    this.#at = skipSpace(this.#text, end)
    const inner = this.#text.slice(start + 1, end - 1)
    return inner.includes('\\') ? (JSON.parse(this.#text.slice(start, end)) as string) : inner
  }

  dict(): Dict {
    const start = this.#at
    if (this.#text.charAt(start) !== '{') throw malformed(start)
    const end = skipValue(this.#text, start, this.#depthMax)
    this.#at = skipSpace(this.#text, end)
    return end === start + 2 ? bareDict({}) : bareDict(JSON.parse(this.#text.slice(start, end)) as object)
  }

  payload(): Payload {
    if (!this.more()) return Payload.empty
    const start = this.#at
    if (this.#text.charAt(start) !== '[') throw malformed(start)
    let end = skipValue(this.#text, start, this.#depthMax)
    let isEmpty = end === start + 2
    this.#at = skipSpace(this.#text, end)
    if (this.more()) {
      const kwargs = this.#at
      if (this.#text.charAt(kwargs) !== '{') throw malformed(kwargs)
      const kwargsEnd = skipValue(this.#text, kwargs, this.#depthMax)
      this.#at = skipSpace(this.#text, kwargsEnd)
      // "Empty Arguments and ArgumentsKw SHOULD be left out" (Basic Profile, "Messages")
      if (kwargsEnd > kwargs + 2) {
        end = kwargsEnd
        isEmpty = false
      }
    }
    return isEmpty ? Payload.empty : Payload.raw(this.#codec, this.#text.slice(start, end))
  }

  end(): void {
    if (this.more()) throw new ProtocolError('the message is too long')
    const end = skipSpace(this.#text, this.#at + 1)
    if (end !== this.#text.length) throw malformed(end)
  }
}
