import { setTimeout as pause } from 'node:timers/promises'
import { formatTimestamp } from '@sluice/model'
import type { FirstRun } from '../server-process.ts'
import type { Receiver } from './receiver.ts'
import type { ReferenceTrigger } from './reference.ts'

const TYPES = ['gt', 'gte', 'lt', 'lte', 'eq', 'change'] as const
const WRITE_PAUSE_MS = 40

export async function makeFeed({ url, apiKey }: FirstRun): Promise<number> {
  const body = JSON.stringify({ title: 'Under fire', private: 'true' })
  const answer = await fetch(`${url}/v2/feeds`, { method: 'POST', headers: { 'X-ApiKey': apiKey }, body })
  return Number(answer.headers.get('location')?.split('/').at(-1))
}

/** Every type of API v2 on every datastream, the targets in turn; half of them with the modern message. */
export async function makeTriggers(
  { url, apiKey }: FirstRun,
  feedId: number,
  receiver: Receiver,
  { streams, targets }: { streams: readonly string[]; targets: readonly string[] },
): Promise<ReferenceTrigger[]> {
  const made: ReferenceTrigger[] = []
  const headers = { 'X-ApiKey': apiKey }
  const ids = streams.map((id) => ({ id }))
  await fetch(`${url}/v2/feeds/${feedId}`, { method: 'PUT', headers, body: JSON.stringify({ datastreams: ids }) })
  for (const [stream, id] of streams.entries()) {
    for (const [index, type] of TYPES.entries()) {
      const target = receiver.url(targets[(stream * TYPES.length + index) % targets.length] ?? '')
      const threshold = type === 'eq' ? 7 : 4 + ((stream + index) % 3)
      const document = {
        environment_id: feedId,
        stream_id: id,
        trigger_type: type,
        threshold_value: type === 'change' ? undefined : String(threshold),
        ...(index % 2 === 0 ? { url: target } : { action: { kind: 'http', url: target, format: 'json' } }),
      }
      const answer = await fetch(`${url}/v2/triggers`, { method: 'POST', headers, body: JSON.stringify(document) })
      if (answer.status !== 201) throw new Error(`a trigger was answered ${answer.status} ${await answer.text()}`)
      const triggerId = Number(answer.headers.get('location')?.split('/').at(-1))
      made.push({ id: triggerId, datastream: id, type, threshold })
    }
  }
  return made
}

/** One to four points in one request, sent until it is stored: the same points under the same times. */
export async function write(
  firstRun: FirstRun,
  feedId: number,
  { stream, counter }: { stream: string; counter: { number: number } },
): Promise<void> {
  const count = 1 + (counter.number % 4)
  const now = Date.now() * 1000
  const datapoints = Array.from({ length: count }, (_, index) => {
    counter.number++
    return { at: formatTimestamp(now + index), value: String((counter.number * 7919) % 11) }
  })
  for (;;) {
    const answer = await fetch(`${firstRun.url}/v2/feeds/${feedId}/datastreams/${stream}/datapoints`, {
      method: 'POST',
      headers: { 'X-ApiKey': firstRun.apiKey },
      body: JSON.stringify({ datapoints }),
      signal: AbortSignal.timeout(10_000),
    }).catch(() => null)
    await answer?.arrayBuffer().catch(() => undefined)
    if (answer?.status === 200) return
    if (answer && answer.status >= 400 && answer.status < 500) throw new Error(`a write was answered ${answer.status}`)
    await pause(50)
  }
}

/** Writes to these datastreams in turn, until it is told to stop; never gives up a request that it began. */
export async function keepWriting(
  firstRun: FirstRun,
  feedId: number,
  options: { streams: readonly string[]; counter: { number: number }; signal: AbortSignal },
): Promise<void> {
  for (let turn = 0; !options.signal.aborted; turn++) {
    const stream = options.streams[turn % options.streams.length] ?? ''
    await write(firstRun, feedId, { stream, counter: options.counter })
    await pause(WRITE_PAUSE_MS)
  }
}
