import { ProtocolError } from '../errors.ts'
import { type Message, readMessage } from '../messages.ts'
import { type Dict, type Frame, Payload, type PayloadValues, type TailCodec, hasEntries } from '../payload.ts'
import { SERIALIZER_LIMITS, type Serializer, type SerializerLimits } from '../serializer.ts'
import { type BinaryFormat, Cursor, KIND } from './format.ts'
import { readBytes, readEntries, readList, readTextBody } from './read-value.ts'
import { BinaryReader } from './reader.ts'
import { writeDict, writeValue } from './write-value.ts'
import { ByteWriter } from './writer.ts'

/** Bytes before each message of a batch: its length (Advanced Profile, "Message Batching"). */
const LENGTH_BYTES = 4

/** Payloads in a binary format. One object for each format, so that raw tails pass between sessions as they are. */
export function binaryTailCodec(format: BinaryFormat): TailCodec {
  return {
    encodeTail(values) {
      const writer = takeWriter()
      try {
        writeTail(format, writer, values)
        return writer.cut()
      } catch (error) {
        writer.cancel()
        throw error
      } finally {
        idle = writer
      }
    },
    decodeTail(tail) {
      return decodeTail(format, bytesOf(tail))
    },
  }
}

export interface BinarySerializerOptions extends Partial<SerializerLimits> {
  /** Whether frames are batches, and what encode makes units of them. */
  isBatched?: boolean
}

/** @param options what decode refuses, and whether messages are batched */
export function binarySerializer(
  format: BinaryFormat,
  codec: TailCodec,
  options: BinarySerializerOptions = {},
): Serializer {
  const { lengthMax, depthMax, isBatched } = { ...SERIALIZER_LIMITS, isBatched: false, ...options }
  const encoding = `${format.name}${isBatched ? '.batched' : ''}`
  return {
    ...codec,
    subprotocol: `wamp.2.${encoding}`,
    encoding,
    isBinary: true,
    decode(frame) {
      const bytes = bytesOf(frame)
      if (bytes.length > lengthMax) throw new ProtocolError(`longer than ${lengthMax} bytes`)
      return readMessage(new BinaryReader(format, bytes, depthMax, codec))
    },
    encode(message) {
      // a payload may be encoded for this: before the writer is taken
      const last: unknown = message[message.length - 1]
      const tail = last instanceof Payload ? last.tail(codec) : null
      const writer = takeWriter()
      try {
        if (isBatched) writer.skipFirst()
        writeHead(format, writer, message)
        if (tail instanceof Uint8Array) writer.copy(tail)
        if (isBatched) writer.setFirst(writer.length - LENGTH_BYTES)
        return writer.end()
      } catch (error) {
        writer.cancel()
        throw error
      } finally {
        idle = writer
      }
    },
    ...(isBatched ? { split } : {}),
  }
}

let idle: ByteWriter | null = null

/** The writer of the last frame, unless that frame is still being written: values may have a `toJSON` that encodes. */
function takeWriter(): ByteWriter {
  const writer = idle ?? new ByteWriter()
  idle = null
  writer.begin()
  return writer
}

/** Everything but the payload, which can only be the last element; optional elements can only be absent there. */
function writeHead(format: BinaryFormat, writer: ByteWriter, message: Message): void {
  const last: unknown = message[message.length - 1]
  const isWhole = last !== undefined && !(last instanceof Payload)
  const count = isWhole ? message.length : message.length - 1
  format.writeList(writer, last instanceof Payload ? count + last.elements : count)
  for (let i = 0; i < count; i += 1) {
    const field: unknown = message[i]
    if (typeof field === 'number') format.writeInteger(writer, field)
    else if (typeof field === 'string') writer.text(field, format.textHeadBytes, format.writeTextHead)
    else if (typeof field === 'object' && field !== null) {
      if (hasEntries(field)) writeDict(format, writer, field)
      else format.writeDict(writer, 0)
    }
  }
}

function writeTail(format: BinaryFormat, writer: ByteWriter, { args, kwargs, opaque }: PayloadValues): void {
  writeValue(format, writer, opaque ?? args)
  if (opaque === undefined && hasEntries(kwargs)) writeDict(format, writer, kwargs)
}

function decodeTail(format: BinaryFormat, tail: Uint8Array): PayloadValues {
  const cursor = new Cursor(tail, 0)
  const kwargs = Object.create(null) as Dict
  format.readHead(cursor)
  if (cursor.kind !== KIND.list) {
    const opaque = cursor.kind === KIND.text ? readTextBody(format, cursor) : readBytes(format, cursor)
    return { args: [opaque], kwargs, opaque }
  }
  const args = readList(format, cursor)
  if (cursor.at < tail.length) {
    format.readHead(cursor)
    readEntries(format, cursor, kwargs)
  }
  return { args, kwargs }
}

function split(frame: Frame): Frame[] {
  const bytes = bytesOf(frame)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const units: Frame[] = []
  let at = 0
  while (at < bytes.length) {
    if (at + LENGTH_BYTES > bytes.length) throw new ProtocolError('a batch cut short')
    const start = at + LENGTH_BYTES
    at = start + view.getUint32(at)
    if (at > bytes.length) throw new ProtocolError('a batch cut short')
    units.push(bytes.subarray(start, at))
  }
  if (units.length === 0) throw new ProtocolError('an empty batch')
  return units
}

function bytesOf(frame: Frame): Uint8Array {
  if (typeof frame === 'string') throw new ProtocolError('a text frame on a binary subprotocol')
  return frame
}
