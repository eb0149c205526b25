/** Steps of a sampled history in seconds, and how many days of it API v2 gave in one answer. 0 is every datapoint. */
export const HISTORY_INTERVALS = [
  { seconds: 0, daysMax: 0.25 },
  { seconds: 30, daysMax: 0.5 },
  { seconds: 60, daysMax: 1 },
  { seconds: 300, daysMax: 5 },
  { seconds: 900, daysMax: 14 },
  { seconds: 1800, daysMax: 31 },
  { seconds: 3600, daysMax: 31 },
  { seconds: 10_800, daysMax: 90 },
  { seconds: 21_600, daysMax: 180 },
  { seconds: 43_200, daysMax: 365 },
  { seconds: 86_400, daysMax: 365 },
] as const

/** What the datapoints of a step can be turned into (`function` of API v2). */
export const HISTORY_FUNCTIONS = ['average', 'min', 'max', 'sum', 'count', 'median'] as const
export type HistoryFunction = (typeof HISTORY_FUNCTIONS)[number]
