import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { FirstRun } from './platform.ts'

const DATASTREAMS_PER_FEED = 100
const AT_ONCE = 32

export type Target = AsyncDisposable & {
  url(name: string): string
  /** requests so far */
  count(): number
  /** called with the JSON document of every request */
  onRequest(listener: (document: TriggerMessage) => void): void
}
export type TriggerMessage = { data: { datastream: { id: string; value: string }; environment: { id: number } } }

/** A receiver that answers 200 to everything. */
export async function openTarget(): Promise<Target> {
  let count = 0
  let listener: (document: TriggerMessage) => void = () => undefined
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      count++
      listener(JSON.parse(Buffer.concat(chunks).toString()) as TriggerMessage)
      response.end()
    })
  }).listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: (name) => `http://127.0.0.1:${port}/${name}`,
    count: () => count,
    onRequest: (given) => (listener = given),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

/** Makes datastreams, 100 to a feed, and answers their paths. */
export async function makeDatastreams({ url, apiKey }: FirstRun, count: number): Promise<Stream[]> {
  const streams: Stream[] = []
  for (let feed = 0; feed < count / DATASTREAMS_PER_FEED; feed++) {
    const datastreams = Array.from({ length: DATASTREAMS_PER_FEED }, (_, index) => ({
      id: `d${index}`,
      current_value: '20',
    }))
    const body = JSON.stringify({ title: `Bench ${feed}`, private: 'true', datastreams })
    const answer = await fetch(`${url}/v2/feeds`, { method: 'POST', headers: { 'X-ApiKey': apiKey }, body })
    if (answer.status !== 201) throw new Error(`making a feed: ${answer.status} ${await answer.text()}`)
    const feedId = Number(answer.headers.get('location')?.split('/').at(-1))
    for (const { id } of datastreams) streams.push({ feedId, id, path: `/v2/feeds/${feedId}/datastreams/${id}` })
  }
  return streams
}
export type Stream = { feedId: number; id: string; path: string }

/** One trigger for each of these datastreams: above 90, to the targets in turn. */
export async function makeTriggers(
  { url, apiKey }: FirstRun,
  streams: readonly Stream[],
  targets: readonly string[],
): Promise<void> {
  let next = 0
  const worker = async (): Promise<void> => {
    for (let index = next++; index < streams.length; index = next++) {
      const { feedId, id } = streams[index] as Stream
      const action = { kind: 'http', format: 'json', url: targets[index % targets.length] }
      const document = { environment_id: feedId, stream_id: id, trigger_type: 'gt', threshold_value: '90', action }
      const answer = await fetch(`${url}/v2/triggers`, {
        method: 'POST',
        headers: { 'X-ApiKey': apiKey },
        body: JSON.stringify(document),
      })
      if (answer.status !== 201) throw new Error(`making a trigger: ${answer.status} ${await answer.text()}`)
      await answer.arrayBuffer()
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, worker))
}
