import { type BinarySerializerOptions, binarySerializer, binaryTailCodec } from '../binary/serializer.ts'
import type { Serializer } from '../serializer.ts'
import { CBOR } from './format.ts'

const TAIL = binaryTailCodec(CBOR)

/** The subprotocol `wamp.2.cbor`, or `wamp.2.cbor.batched`. @param options what decode refuses */
export function cborSerializer(options: BinarySerializerOptions = {}): Serializer {
  return binarySerializer(CBOR, TAIL, options)
}
