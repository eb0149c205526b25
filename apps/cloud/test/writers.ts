import { createHash } from 'node:crypto'
import { connect as connectTcp } from 'node:net'
import type { Socket } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { formatTimestamp } from '@sluice/model'
import { connect, ticketAuth } from '@sluice/wamp'
import type { Connection } from '@sluice/wamp'
import { connectAsync } from 'mqtt'
import type { MqttClient } from 'mqtt'
import type { FirstRun } from './server-process.ts'

/** One point that was answered with a 2xx (or a RESULT that says stored): from then on it must exist. */
export type Acked = { datastream: string; at: string; value: string }
export type Writer = { name: string; acked: Acked[]; sent: Set<string>; unknowns: number }
type Point = { at: string; value: string }
type Send = (points: Point[]) => Promise<boolean>

const RETRY_PAUSE_MS = 50

/**
 * Writers that never give up: a request without a 2xx (a PUBACK) is sent again, the same points under the same times,
 * until it has one. Several ways in, because each has its own path through the server.
 */
export function startWriters(target: { feedId: number; firstRun: FirstRun; signal: AbortSignal }): {
  writers: Writer[]
  done: Promise<void>
} {
  const { firstRun, feedId } = target
  const bus = connect({
    url: firstRun.wampUrl,
    realm: firstRun.realm,
    timers: globalThis,
    auth: ticketAuth(firstRun.apiKey, 'writer'),
  })
  const http = httpSender(firstRun, feedId)
  const mqtt = mqttSender(firstRun, feedId)
  const plans: [string, number, (datastream: string) => Send][] = [
    [
      'put-1',
      1,
      (ds) => http('PUT', `/datastreams/${ds}`, ([point]) => ({ current_value: point?.value, at: point?.at })),
    ],
    [
      'put-2',
      1,
      (ds) => http('PUT', `/datastreams/${ds}`, ([point]) => ({ current_value: point?.value, at: point?.at })),
    ],
    [
      'put-3',
      1,
      (ds) => http('PUT', `/datastreams/${ds}.json`, ([point]) => ({ current_value: point?.value, at: point?.at })),
    ],
    [
      'feed-1',
      1,
      (ds) => http('PUT', '', ([point]) => ({ datastreams: [{ id: ds, current_value: point?.value, at: point?.at }] })),
    ],
    ['feed-2', 100, (ds) => http('PUT', '', (points) => ({ datastreams: [{ id: ds, datapoints: points }] }))],
    ['bulk-1', 50, (ds) => http('POST', `/datastreams/${ds}/datapoints`, (points) => ({ datapoints: points }))],
    ['bulk-2', 500, (ds) => http('POST', `/datastreams/${ds}/datapoints`, (points) => ({ datapoints: points }))],
    ['wamp', 20, (ds) => wampSender(bus, feedId, ds)],
    ['socket', 1, (ds) => socketSender(firstRun, `/feeds/${feedId}/datastreams/${ds}`)],
    ['mqtt', 1, mqtt.to],
  ]
  const writers: Writer[] = plans.map(([name]) => ({ name, acked: [], sent: new Set(), unknowns: 0 }))
  const loops = plans.map(async ([name, points, sender], index) => {
    const writer = writers[index]
    if (writer) await write({ writer, points, index, send: sender(name), signal: target.signal })
  })
  const close = (): Promise<unknown> => Promise.all([bus.close(), mqtt.close()])
  return { writers, done: Promise.all(loops).then(async () => void (await close())) }
}

type Loop = { writer: Writer; points: number; index: number; send: Send; signal: AbortSignal }

async function write({ writer, points, index, send, signal }: Loop): Promise<void> {
  let micros = Date.now() * 1000 + index
  for (let request = 0; !signal.aborted; request++) {
    const batch: Point[] = Array.from({ length: points }, (_, number) => {
      micros += 10
      return { at: formatTimestamp(micros), value: provable(`${writer.name}:${request}:${number}`) }
    })
    for (const point of batch) writer.sent.add(`${point.at} ${point.value}`)
    while (!(await send(batch).catch(() => false))) {
      // after the end of the run, an unknown outcome stays unknown
      if (signal.aborted) return
      writer.unknowns++
      await pause(RETRY_PAUSE_MS)
    }
    for (const point of batch) writer.acked.push({ datastream: writer.name, ...point })
  }
}

/** A value that proves where it came from: writer, number, and a checksum over both. */
function provable(text: string): string {
  return `${text}:${createHash('sha256').update(text).digest('hex').slice(0, 8)}`
}

function httpSender(firstRun: FirstRun, feedId: number) {
  return (method: 'PUT' | 'POST', path: string, body: (points: Point[]) => unknown): Send =>
    async (points) => {
      const answer = await fetch(`${firstRun.url}/v2/feeds/${feedId}${path}`, {
        method,
        headers: { 'X-ApiKey': firstRun.apiKey },
        body: JSON.stringify(body(points)),
        signal: AbortSignal.timeout(10_000),
      })
      await answer.arrayBuffer()
      if (answer.status >= 400 && answer.status < 500) throw new Error(`${method} ${path}: ${answer.status}`)
      return answer.status === 200
    }
}

function wampSender(bus: Connection, feedId: number, datastream: string): Send {
  return async (points) => {
    const list = points.map((point) => ({ datastream, ...point }))
    const { args } = await bus.call('sluice.datapoints.append', [feedId, list], {}, { timeoutMs: 10_000 })
    const outcomes = args[0] as { result: string }[]
    return outcomes.every(({ result }) => result === 'stored' || result === 'duplicate')
  }
}

/** JSON messages over TCP, on one connection until it breaks. */
function socketSender({ socketUrl, apiKey }: FirstRun, resource: string): Send {
  const { hostname, port } = new URL(socketUrl ?? '')
  let socket: Socket | null = null
  return async ([point]) => {
    if (!socket || socket.destroyed) {
      const opened = connectTcp({ host: hostname, port: Number(port) }).on('error', () => undefined)
      socket = opened.setTimeout(10_000, () => opened.destroy())
    }
    const body = { current_value: point?.value, at: point?.at }
    const headers = { 'X-ApiKey': apiKey }
    const answer = await ask(socket, JSON.stringify({ method: 'put', resource, headers, body }))
    const { status } = JSON.parse(answer) as { status: number }
    if (status >= 400 && status < 500) throw new Error(`socket: ${answer}`)
    return status === 200
  }
}

/** Sends a message and answers the line that comes back. */
function ask(socket: Socket, message: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let heard = ''
    const leave = (): void => void socket.off('data', onData).off('close', onClose)
    const onData = (chunk: Buffer): void => {
      heard += chunk.toString()
      if (!heard.endsWith('\n')) return
      leave()
      resolve(heard)
    }
    const onClose = (): void => {
      leave()
      reject(new Error('the connection broke'))
    }
    socket.on('data', onData).on('close', onClose).write(message)
  })
}

/** A publish at QoS 1 for each point; what is refused is acknowledged too, so the datastream must be there. */
function mqttSender({ mqttUrl, apiKey }: FirstRun, feedId: number) {
  let client: MqttClient | null = null
  const connected = async (): Promise<MqttClient> => {
    if (client?.connected) return client
    client = await connectAsync(mqttUrl ?? '', { username: apiKey, reconnectPeriod: 0, connectTimeout: 5000 }, false)
    return client.on('error', () => undefined)
  }
  const publish = (opened: MqttClient, topic: string, body: string): Promise<boolean> =>
    new Promise((resolve) => {
      const onClose = (): void => resolve(false)
      opened.once('close', onClose).publish(topic, body, { qos: 1 }, (error) => {
        opened.off('close', onClose)
        resolve(!error)
      })
    })
  return {
    to:
      (datastream: string): Send =>
      async ([point]) => {
        const body = JSON.stringify({ current_value: point?.value, at: point?.at })
        return publish(await connected(), `/v2/feeds/${feedId}/datastreams/${datastream}.json`, body)
      },
    close: async () => client?.endAsync(true),
  }
}
