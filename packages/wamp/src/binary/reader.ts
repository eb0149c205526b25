import { ProtocolError } from '../errors.ts'
import type { HeadReader } from '../messages.ts'
import { type Dict, NO_ENTRIES, Payload, type TailCodec } from '../payload.ts'
import { type BinaryFormat, Cursor, KIND, type Kind } from './format.ts'
import { readEntries, readTextBody } from './read-value.ts'
import { skipBody, skipString } from './skip.ts'
import { readName } from './utf8.ts'

/** Reads the head of a message element by element and keeps its tail as bytes. */
export class BinaryReader implements HeadReader {
  readonly #format: BinaryFormat
  readonly #codec: TailCodec
  readonly #depthMax: number
  readonly #cursor: Cursor
  /** Elements to come; below 0 if a stop ends the list. */
  #left: number
  /** Where the head of the element begins that more() has read. */
  #start = 0

  constructor(format: BinaryFormat, frame: Uint8Array, depthMax: number, codec: TailCodec) {
    this.#format = format
    this.#codec = codec
    this.#depthMax = depthMax
    const cursor = new Cursor(frame, 0)
    this.#cursor = cursor
    format.readHead(cursor)
    this.#require(KIND.list)
    this.#left = cursor.length
  }

  more(): boolean {
    const left = this.#left
    if (left === 0) return false
    const cursor = this.#cursor
    this.#start = cursor.at
    this.#format.readHead(cursor)
    if (left > 0) this.#left = left - 1
    else if (cursor.kind === KIND.stop) {
      this.#left = 0
      return false
    }
    return true
  }

  number(): number {
    // beyond what a double counts, no integer is an id
    if (this.#cursor.kind === KIND.big) return Infinity
    this.#require(KIND.number)
    return this.#cursor.value
  }

  string(): string {
    this.#require(KIND.text)
    const cursor = this.#cursor
    const { at, length } = cursor
    skipString(this.#format, cursor)
    const end = cursor.at
    cursor.at = at
    cursor.kind = KIND.text
    cursor.length = length
    const text = readTextBody(this.#format, cursor)
    cursor.at = end
    return text
  }

  uri(): string {
    const cursor = this.#cursor
    if (cursor.length < 0) return this.string()
    this.#require(KIND.text)
    const { at } = cursor
    cursor.at = at + cursor.length
    return readName(cursor.bytes, at, cursor.at)
  }

  dict(): Dict {
    this.#require(KIND.dict)
    const cursor = this.#cursor
    const { at, length } = cursor
    if (length === 0) return NO_ENTRIES
    skipBody(this.#format, cursor, this.#depthMax)
    cursor.at = at
    cursor.length = length
    return readEntries(this.#format, cursor, Object.create(null) as Dict)
  }

  payload(isOpaqueTaken: boolean): Payload {
    if (!this.more()) return Payload.empty
    const cursor = this.#cursor
    const start = this.#start
    if (isOpaqueTaken && (cursor.kind === KIND.text || cursor.kind === KIND.binary)) {
      skipBody(this.#format, cursor, this.#depthMax)
      return Payload.raw(this.#codec, { tail: view(cursor.bytes, start, cursor.at), elements: 1 })
    }
    this.#require(KIND.list)
    let elements: 0 | 1 | 2 = this.#skipContainer() ? 0 : 1
    let end = cursor.at
    if (this.more()) {
      this.#require(KIND.dict)
      // "Empty Arguments and ArgumentsKw SHOULD be left out" (Basic Profile, "Messages")
      if (!this.#skipContainer()) {
        elements = 2
        end = cursor.at
      }
    }
    if (elements === 0) return Payload.empty
    return Payload.raw(this.#codec, { tail: view(cursor.bytes, start, end), elements })
  }

  end(): void {
    if (this.more()) throw new ProtocolError('the message is too long')
    if (this.#cursor.at !== this.#cursor.bytes.length) throw new ProtocolError('something follows the message')
  }

  /** @returns whether the list or dict is empty */
  #skipContainer(): boolean {
    const cursor = this.#cursor
    const { length, at } = cursor
    skipBody(this.#format, cursor, this.#depthMax)
    return length === 0 || (length < 0 && cursor.at === at + 1)
  }

  #require(kind: Kind): void {
    if (this.#cursor.kind !== kind) throw new ProtocolError(`not ${NAMES[kind]}`)
  }
}

/** As subarray, but never one of a subclass: Node's Buffers take four times as long to make. */
function view(bytes: Uint8Array, start: number, end: number): Uint8Array {
  return new Uint8Array(bytes.buffer, bytes.byteOffset + start, end - start)
}

const NAMES: Readonly<Partial<Record<Kind, string>>> = {
  [KIND.number]: 'a number',
  [KIND.text]: 'a string',
  [KIND.list]: 'a list',
  [KIND.dict]: 'a dict',
}
