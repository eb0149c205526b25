import { ProtocolError } from '../errors.ts'
import { type Message, readMessage } from '../messages.ts'
import { type Frame, Payload, type PayloadValues, type TailCodec, hasEntries } from '../payload.ts'
import { SERIALIZER_LIMITS, type Serializer, type SerializerLimits } from '../serializer.ts'
import { JsonReader, bareDict } from './reader.ts'
import { parseJson, stringify } from './values.ts'

/** One codec object for every JSON serializer, so that raw tails pass between sessions whatever their limits. */
const TAIL: TailCodec = {
  encodeTail({ args, kwargs, opaque }) {
    if (opaque !== undefined) return stringify(opaque)
    return hasEntries(kwargs) ? `${stringify(args)},${stringify(kwargs)}` : stringify(args)
  },
  decodeTail(tail): PayloadValues {
    const [args, kwargs] = parseJson(`[${String(tail)}]`) as [unknown[] | Frame, object?]
    if (!Array.isArray(args)) return { args: [args], kwargs: bareDict({}), opaque: args }
    return { args, kwargs: bareDict(kwargs ?? {}) }
  },
}

/**
 * What stands behind each message of a batch. The specification names the record separator by the octet 0x1e and by
 * octal 30, which is 0x18; either is read, and answered with itself.
 */
const OCTAL_30 = '\u0018'
const RECORD_SEPARATOR = '\u001e'

export interface JsonSerializerOptions extends Partial<SerializerLimits> {
  /** Whether frames are batches, and what encode makes units of them. */
  isBatched?: boolean
}

/**
 * The subprotocol `wamp.2.json`: one message per text frame; or `wamp.2.json.batched`, a serializer of which belongs to
 * one session.
 * @param options what decode refuses, and whether messages are batched
 */
export function jsonSerializer(options: JsonSerializerOptions = {}): Serializer {
  const { lengthMax, depthMax, isBatched } = { ...SERIALIZER_LIMITS, isBatched: false, ...options }
  const single: Serializer = {
    ...TAIL,
    subprotocol: 'wamp.2.json',
    encoding: 'json',
    isBinary: false,
    decode(frame) {
      const text = textOf(frame)
      if (text.length > lengthMax) throw new ProtocolError(`longer than ${lengthMax} characters`)
      return readMessage(new JsonReader(text, depthMax, TAIL))
    },
    encode,
  }
  return isBatched ? batched(single) : single
}

function batched(single: Serializer): Serializer {
  let separator = OCTAL_30
  return {
    ...single,
    subprotocol: 'wamp.2.json.batched',
    get encoding() {
      return separator === OCTAL_30 ? 'json.batched 18' : 'json.batched 1e'
    },
    encode: (message) => `${encode(message)}${separator}`,
    split(frame) {
      const text = textOf(frame)
      // neither can stand in a string, which has control characters escaped
      if (text.includes(RECORD_SEPARATOR)) separator = RECORD_SEPARATOR
      else if (text.includes(OCTAL_30)) separator = OCTAL_30
      const units = text.split(separator)
      // behind the last separator nothing comes; a peer that leaves it out is understood
      if (units.at(-1) === '') units.pop()
      if (units.length === 0) throw new ProtocolError('an empty batch')
      return units
    },
  }
}

function textOf(frame: Frame): string {
  if (typeof frame === 'string') return frame
  throw new ProtocolError('a binary frame on a text subprotocol')
}

function encode(message: Message): string {
  let text = `[${message[0]}`
  for (let i = 1; i < message.length; i += 1) {
    const field: unknown = message[i]
    if (typeof field === 'number') text += `,${field}`
    else if (typeof field === 'string') text += `,${JSON.stringify(field)}`
    else if (field instanceof Payload) {
      const tail = field.tail(TAIL)
      if (typeof tail === 'string') text += `,${tail}`
    } else if (field !== undefined) text += hasEntries(Object(field) as object) ? `,${stringify(field)}` : ',{}'
  }
  return `${text}]`
}
