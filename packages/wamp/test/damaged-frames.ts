import { MESSAGE_SHAPES, type Message, Payload, type Serializer, TYPE } from '../src/index.ts'
import { type Random, bytesMutator, textMutator } from './mutate.ts'

/** Frames of every type of message, damaged. */
export function damagedFrames(by: Serializer, random: Random): () => string | Uint8Array {
  const frames = messages().map((message) => by.encode(message))
  const texts = frames.filter((frame) => typeof frame === 'string')
  return texts.length > 0
    ? textMutator(texts, random)
    : bytesMutator(
        frames.filter((frame) => typeof frame !== 'string'),
        random,
      )
}

function messages(): Message[] {
  const nested = { list: [[], [1, [2.5, null]], {}], text: 'grüße 😀', yes: true, ids: [1, 2 ** 53, -70_000] }
  const details = { match: 'prefix', exclude: [1, 2 ** 40], forward_for: [{ session: 5 }] }
  const payloads = [
    Payload.of([1, -1, 300, 'text', 1e100, false]),
    Payload.of([], { ...nested, bytes: new Uint8Array(40), big: 2n ** 63n, low: -(2n ** 62n), long: 'x'.repeat(300) }),
  ]
  const FIELDS = { id: 7, id0: 0, type: TYPE.CALL, string: 'secret', uri: 'com.example.uri', dict: details }
  const made: unknown[][] = []
  for (const [type, shape] of MESSAGE_SHAPES) {
    const head = [type, ...shape.fields.map((kind) => FIELDS[kind])]
    made.push(head.map((field) => (field === details ? {} : field)))
    if (shape.trailingDict) made.push([...head, { reason: 'a.b', subscription: 2 ** 40 }])
    if (shape.payload) for (const payload of payloads) made.push([...head, payload])
  }
  made.push([TYPE.PUBLISH, 1, { enc_algo: 'x_none' }, 'a.b', Payload.opaque(new Uint8Array(9))])
  return made as unknown as Message[]
}
