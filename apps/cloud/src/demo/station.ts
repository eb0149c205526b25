import { ApiError } from '@sluice/sdk'
import type { Client } from '@sluice/sdk'
import { CHANNELS, weatherAt } from './weather.ts'

const NAME = 'Weather station'
const EVERY_MS = 2000
const HISTORY_MS = 24 * 3600_000
const HISTORY_STEP_MS = 300_000

/**
 * Finds the simulated weather station among the account's devices or adds it, and brings its feed's description up to
 * date; when it has no data yet, the last day is filled in, at steps of five minutes, so that its graph is not empty.
 * @returns the feed to send to
 */
export async function prepareStation(client: Client, nowMs: number): Promise<{ deviceId: number; feedId: number }> {
  const devices = await client.devices.list()
  const device =
    devices.find(({ name }) => name === NAME) ??
    (
      await client.devices.add({
        name: NAME,
        description: 'A simulated weather station: invented values, sent every two seconds through the public API.',
        private: true,
      })
    ).device
  await client.feeds.update(device.feed_id, {
    tags: ['simulated', 'weather'],
    location: {
      name: 'Zugspitze, on paper',
      domain: 'virtual',
      exposure: 'outdoor',
      disposition: 'fixed',
      lat: 47.4211,
      lon: 10.9853,
      ele: '2962.0',
    },
    datastreams: CHANNELS.map(({ id, unit, tags }) => ({ id, unit, tags: [...tags] })),
  })
  const { datastreams = [] } = await client.feeds.get(device.feed_id)
  for (const { id } of CHANNELS) {
    const known = datastreams.find((datastream) => datastream.id === id)
    if (known?.current_value !== undefined) continue
    await client.datapoints.append(
      device.feed_id,
      id,
      dayUpTo(nowMs).map((ms) => ({ at: new Date(ms).toISOString(), value: weatherAt(ms)[id] })),
    )
  }
  return { deviceId: device.id, feedId: device.feed_id }
}

function dayUpTo(nowMs: number): number[] {
  const first = nowMs - HISTORY_MS
  return Array.from({ length: HISTORY_MS / HISTORY_STEP_MS }, (_, step) => first + step * HISTORY_STEP_MS)
}

/** Sends all channels in one request, as a device does. */
export async function sendWeather(client: Client, feedId: number, nowMs: number): Promise<void> {
  const weather = weatherAt(nowMs)
  const at = new Date(nowMs).toISOString()
  await client.feeds.update(feedId, {
    datastreams: CHANNELS.map(({ id }) => ({ id, current_value: weather[id], at })),
  })
}

/**
 * Sends weather every two seconds until stopped. A server that is away or busy is waited for; a feed or key that is
 * gone ends it.
 * @throws {ApiError} 401, 403 or 404
 */
export async function runStation(client: Client, feedId: number, stopped: AbortSignal): Promise<void> {
  while (!stopped.aborted) {
    const begunMs = Date.now()
    try {
      await sendWeather(client, feedId, begunMs)
    } catch (error) {
      if (!(error instanceof ApiError) || [401, 403, 404].includes(error.status)) throw error
    }
    await pause(Math.max(0, begunMs + EVERY_MS - Date.now()), stopped)
  }
}

function pause(ms: number, stopped: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms)
    stopped.addEventListener(
      'abort',
      () => {
        clearTimeout(timer)
        resolve()
      },
      { once: true },
    )
  })
}
