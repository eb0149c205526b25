import { expect, test } from 'vitest'
import { type Message, Payload, ProtocolError, type Serializer } from '../src/index.ts'
import { cborSerializer, jsonSerializer, msgpackSerializer } from '../src/index.ts'
import { damagedFrames } from './damaged-frames.ts'
import { xorshift } from './mutate.ts'

// Node's, which the package itself does without.
declare const performance: { now(): number }
declare const process: { memoryUsage(): { heapUsed: number; arrayBuffers: number } }

const FRAMES = 1_000_000
/** Every how many frames one is taken to another format. */
const TRANSLATED = 4
const FRAME_MS_MAX = 50
const GROWTH_BYTES_MAX = 24 * 1024 * 1024
/** How often memory is looked at: the least of many looks is what is really held. */
const LOOK_FRAMES = 2_000

const SERIALIZERS: readonly Serializer[] = [jsonSerializer(), msgpackSerializer(), cborSerializer()]

test.each([
  { seed: 0x51_1ce, from: 0, to: 1 },
  { seed: 0xb0_55, from: 1, to: 2 },
  { seed: 0xca_b1e, from: 2, to: 0 },
])('a million damaged frames, seed $seed', { timeout: 120_000 }, ({ seed, from, to }) => {
  const [by, there] = [SERIALIZERS[from], SERIALIZERS[to]]
  if (by === undefined || there === undefined) throw new Error('no serializer')
  const random = xorshift(seed)
  const mutate = damagedFrames(by, random)
  const held: number[] = []
  let least = Infinity
  let read = 0
  // a stack costs more than all the rest, and there will be a million
  const errors = Error as { stackTraceLimit?: number }
  const { stackTraceLimit = 10 } = errors
  errors.stackTraceLimit = 0
  try {
    for (let i = 1; i <= FRAMES; i += 1) {
      const frame = mutate()
      const startedAt = performance.now()
      read += digest(frame, by, i % TRANSLATED === 0 ? there : null)
      // what took long is given another chance: the machine may have been elsewhere
      if (performance.now() - startedAt > FRAME_MS_MAX)
        expect(fastest(() => digest(frame, by, there))).toBeLessThan(FRAME_MS_MAX)
      if (i % LOOK_FRAMES !== 0) continue
      const { heapUsed, arrayBuffers } = process.memoryUsage()
      least = Math.min(least, heapUsed + arrayBuffers)
      if (i % (FRAMES / 5) !== 0) continue
      held.push(least)
      least = Infinity
    }
  } finally {
    errors.stackTraceLimit = stackTraceLimit
  }
  // damage that nobody could tell from a message is part of it, and so is damage that is noticed
  expect(read).toBeGreaterThan(FRAMES / 50)
  expect(read).toBeLessThan(FRAMES * 0.9)
  expect((held.at(-1) ?? Infinity) - (held[0] ?? 0)).toBeLessThan(GROWTH_BYTES_MAX)
})

/** Reads a frame, opens its payload and takes it to another format, if one is given. @returns 1 if it was a message, 0 if not */
function digest(frame: string | Uint8Array, by: Serializer, there: Serializer | null): 0 | 1 {
  let message: Message
  try {
    message = by.decode(frame)
  } catch (error) {
    if (error instanceof ProtocolError) return 0
    throw error
  }
  const payload: unknown = message.at(-1)
  if (payload instanceof Payload && !Array.isArray(payload.args)) throw new Error('no arguments')
  // whatever one format let in, the receivers of all others must be able to read
  there?.decode(there.encode(message))
  return 1
}

function fastest(run: () => unknown): number {
  let ms = Infinity
  for (let i = 0; i < 5; i += 1) {
    const startedAt = performance.now()
    run()
    ms = Math.min(ms, performance.now() - startedAt)
  }
  return ms
}
