import { ERROR, ProtocolError, WampError } from '../errors.ts'
import { type Message, readMessage } from '../messages.ts'
import { Payload, type Frame, type TailCodec } from '../payload.ts'
import { SERIALIZER_LIMITS, type Serializer, type SerializerLimits } from '../serializer.ts'
import { JsonReader, bareDict } from './reader.ts'

/** One codec object for every JSON serializer, so that raw tails pass between sessions whatever their limits. */
const TAIL: TailCodec = {
  encodeTail(args, kwargs) {
    const list = stringify(args)
    return Object.keys(kwargs).length === 0 ? list : `${list},${stringify(kwargs)}`
  },
  decodeTail(tail) {
    const [args, kwargs] = JSON.parse(`[${String(tail)}]`) as [unknown[], object?]
    return { args, kwargs: bareDict(kwargs ?? {}) }
  },
}

/** The subprotocol `wamp.2.json`: one message per text frame. @param limits what decode refuses */
export function jsonSerializer(limits: Partial<SerializerLimits> = {}): Serializer {
  const { lengthMax, depthMax } = { ...SERIALIZER_LIMITS, ...limits }
  return {
    ...TAIL,
    subprotocol: 'wamp.2.json',
    isBinary: false,
    decode(frame) {
      if (typeof frame !== 'string') throw new ProtocolError('a binary frame on a text subprotocol')
      if (frame.length > lengthMax) throw new ProtocolError(`longer than ${lengthMax} characters`)
      return readMessage(new JsonReader(frame, depthMax, TAIL))
    },
    encode,
  }
}

function encode(message: Message): Frame {
  let text = `[${message[0]}`
  const last = message.length - 1
  for (let i = 1; i <= last; i += 1) {
    const field: unknown = message[i]
    if (typeof field === 'number') text += `,${field}`
    else if (field instanceof Payload) {
      const tail = field.tail(TAIL)
      if (tail !== null) text += `,${String(tail)}`
    } else if (field !== undefined) text += `,${stringify(field)}`
  }
  return `${text}]`
}

/** JSON.stringify that fails as WAMP errors do: cycles and bigints have no JSON form. */
function stringify(value: unknown): string {
  try {
    const text = JSON.stringify(value) as string | undefined
    if (text !== undefined) return text
  } catch (cause) {
    throw new WampError(ERROR.invalidArgument, ['the value has no JSON form'], {}, { cause })
  }
  throw new WampError(ERROR.invalidArgument, ['the value has no JSON form'])
}
