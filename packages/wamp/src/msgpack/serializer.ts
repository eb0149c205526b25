import { type BinarySerializerOptions, binarySerializer, binaryTailCodec } from '../binary/serializer.ts'
import type { Serializer } from '../serializer.ts'
import { MSGPACK } from './format.ts'

const TAIL = binaryTailCodec(MSGPACK)

/** The subprotocol `wamp.2.msgpack`, or `wamp.2.msgpack.batched`. @param options what decode refuses */
export function msgpackSerializer(options: BinarySerializerOptions = {}): Serializer {
  return binarySerializer(MSGPACK, TAIL, options)
}
