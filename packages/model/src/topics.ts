/** Names of platform topics and procedures. They are the contract between api, bus authorization and SDK. */
export const FEED_EVENTS = ['datapoints', 'updated', 'request', 'trigger'] as const
export type FeedEvent = (typeof FEED_EVENTS)[number]

export const feedTopic = (feedId: number, event: FeedEvent): string => `sluice.feed.${feedId}.${event}`
export const deviceTopic = (deviceId: number): string => `sluice.device.${deviceId}.status`

export const PROCEDURES = {
  append: 'sluice.datapoints.append',
  getFeed: 'sluice.feed.get',
  updateFeed: 'sluice.feed.update',
  queryHistory: 'sluice.history.query',
} as const
export type ProcedureName = (typeof PROCEDURES)[keyof typeof PROCEDURES]
