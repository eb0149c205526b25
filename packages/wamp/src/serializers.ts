import { cborSerializer } from './cbor/serializer.ts'
import { jsonSerializer } from './json/serializer.ts'
import { msgpackSerializer } from './msgpack/serializer.ts'
import type { Serializer, SerializerLimits } from './serializer.ts'

/** A serializer for each session: one of batched JSON answers with the separator its peer uses. */
const MAKERS: ReadonlyMap<string, (limits: Partial<SerializerLimits>) => Serializer> = new Map([
  ['wamp.2.json', (limits) => jsonSerializer(limits)],
  ['wamp.2.cbor', (limits) => cborSerializer(limits)],
  ['wamp.2.msgpack', (limits) => msgpackSerializer(limits)],
  ['wamp.2.json.batched', (limits) => jsonSerializer({ ...limits, isBatched: true })],
  ['wamp.2.cbor.batched', (limits) => cborSerializer({ ...limits, isBatched: true })],
  ['wamp.2.msgpack.batched', (limits) => msgpackSerializer({ ...limits, isBatched: true })],
])

/**
 * WebSocket subprotocols in our order of preference, whatever the order in which a client offers them: JSON is the
 * cheapest to pass on, and what does not batch is shared by all receivers of an event.
 */
export const SUBPROTOCOLS: readonly string[] = [...MAKERS.keys()]

const shared = new Map<string, Serializer>()

/**
 * The serializer of a subprotocol, or null if there is none. Without limits of its own, one is shared by all sessions
 * where it may be.
 */
export function serializerOf(subprotocol: string, limits?: Partial<SerializerLimits>): Serializer | null {
  const make = MAKERS.get(subprotocol)
  if (make === undefined) return null
  if (limits !== undefined || subprotocol === 'wamp.2.json.batched') return make(limits ?? {})
  const known = shared.get(subprotocol) ?? make({})
  shared.set(subprotocol, known)
  return known
}
