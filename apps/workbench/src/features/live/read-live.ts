import type { DatapointEvent, DeviceDocument, FeedDocument } from '@sluice/model'
import { client } from '../../client.ts'
import { applyDatapoints } from './apply-datapoints.ts'

// Answers and pushes come over different connections, in any order: an answer may have been made before what is shown.

type Push = { feedId: number; points: readonly DatapointEvent[] }
const underWay = new Set<Push[]>()

/** To be called with all that is pushed, before it is shown. */
export function notePushed(push: Push): void {
  for (const pushed of underWay) pushed.push(push)
}

/** Reads a feed; values that are pushed meanwhile are in it. @throws {ApiError} */
export async function readFeed(feedId: number): Promise<FeedDocument> {
  const { answer, pushed } = await readBeside(client.feeds.get(feedId))
  const points = pushed.flatMap((push) => (push.feedId === feedId ? push.points : []))
  return applyDatapoints(answer, points)
}

/** Reads a device; if values of it are pushed meanwhile, it is seen now. @throws {ApiError} */
export async function readDevice(deviceId: number): Promise<DeviceDocument> {
  const { answer, pushed } = await readBeside(client.devices.get(deviceId))
  return pushed.some(({ feedId }) => feedId === answer.feed_id) ? seenNow(answer) : answer
}

export const seenNow = (device: DeviceDocument): DeviceDocument => ({
  ...device,
  last_data_at: new Date().toISOString(),
})

async function readBeside<Answer>(reading: Promise<Answer>): Promise<{ answer: Answer; pushed: readonly Push[] }> {
  const pushed: Push[] = []
  underWay.add(pushed)
  try {
    return { answer: await reading, pushed }
  } finally {
    underWay.delete(pushed)
  }
}
