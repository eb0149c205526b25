export const TABS = [
  { id: 'channels', label: 'Channels' },
  { id: 'location', label: 'Location' },
  { id: 'metadata', label: 'Metadata' },
  { id: 'triggers', label: 'Triggers' },
  { id: 'log', label: 'Request log' },
  { id: 'keys', label: 'API keys' },
] as const
export type Tab = (typeof TABS)[number]['id']

/** Time ranges of a graph: name in the URL, seconds, words. */
export const RANGES = [
  { id: '1h', spanS: 3600, label: '1 h' },
  { id: '6h', spanS: 6 * 3600, label: '6 h' },
  { id: '24h', spanS: 86_400, label: '24 h' },
  { id: '5d', spanS: 5 * 86_400, label: '5 d' },
  { id: '14d', spanS: 14 * 86_400, label: '14 d' },
  { id: '31d', spanS: 31 * 86_400, label: '31 d' },
  { id: '90d', spanS: 90 * 86_400, label: '90 d' },
  { id: '1y', spanS: 365 * 86_400, label: '1 y' },
] as const
export type RangeId = (typeof RANGES)[number]['id']

/** What the address of a device page says. Missing members are the defaults, so that plain addresses stay short. */
export type DeviceSearch = {
  tab?: Tab
  /** selected datastream */
  channel?: string
  range?: RangeId
  /** moment that the graph begins with, ISO 8601 */
  at?: string
  view?: 'table'
  /** entry of the request log that is open beside the list */
  request?: string
  show?: 'ok' | 'failed'
}

/** Keeps what makes sense and forgets the rest: an address that was typed or shared never breaks the page. */
export function parseDeviceSearch(search: Record<string, unknown>): DeviceSearch {
  const tab = TABS.find(({ id }) => id === search['tab'])?.id
  const range = RANGES.find(({ id }) => id === search['range'])?.id
  const { channel, request, view, show, at } = search
  return {
    ...(tab === undefined ? {} : { tab }),
    ...(typeof channel === 'string' && channel !== '' ? { channel } : {}),
    ...(range === undefined ? {} : { range }),
    ...(typeof at === 'string' && !Number.isNaN(Date.parse(at)) ? { at } : {}),
    ...(view === 'table' ? { view } : {}),
    ...(typeof request === 'string' && /^[\w-]{1,40}$/.test(request) ? { request } : {}),
    ...(show === 'ok' || show === 'failed' ? { show } : {}),
  }
}

/** The shortest range that reaches back to a moment with some room, the longest where none does. */
export function rangeReaching(atMs: number, nowMs: number): RangeId {
  const neededS = ((nowMs - atMs) / 1000) * 1.1
  return (RANGES.find(({ spanS }) => spanS >= neededS) ?? RANGES[RANGES.length - 1] ?? RANGES[0]).id
}

/** The same address with some members changed; undefined takes one away. */
export function changedSearch(
  search: DeviceSearch,
  change: { [Name in keyof DeviceSearch]?: DeviceSearch[Name] | undefined },
): DeviceSearch {
  return parseDeviceSearch({ ...search, ...change })
}
