import type { KeyDocument } from '@sluice/model'

/** In place of the key while it is not shown: it says which kind belongs there. */
export const READ_KEY_PLACEHOLDER = 'READ_KEY'

/** Durations of API v2, each with an interval that leaves a CSV of it some hundred values, however many there are. */
export const EMBED_RANGES = [
  { id: '6hours', label: '6 hours', intervalS: 60 },
  { id: '1day', label: '1 day', intervalS: 300 },
  { id: '7days', label: '7 days', intervalS: 1800 },
  { id: '31days', label: '31 days', intervalS: 10_800 },
] as const
export type EmbedRange = (typeof EMBED_RANGES)[number]['id']

export type EmbedParts = {
  /** scheme and authority of the server */
  publicUrl: string
  feedId: number
  datastreamId: string
  range: EmbedRange
  /** of the times at the axis, `Europe/Berlin` */
  timeZone: string
  /** the key in clear, or a placeholder; null leaves it out, for pages of the server itself */
  key: string | null
}

/** values of a CSV, which are a hundred unless it says so */
const CSV_LIMIT = 1000

/** Address of the graph as a picture. Which values a long time is drawn by, the server knows. */
export const graphUrl = (parts: EmbedParts): string =>
  addressOf(parts, 'png', { w: '600', h: '240', b: 'true', timezone: parts.timeZone })

/** What a page, a wiki or a spreadsheet shows a channel by. */
export function embedSnippets(parts: EmbedParts): { id: string; label: string; note: string; code: string }[] {
  const { datastreamId: name } = parts
  const png = graphUrl(parts)
  return [
    { id: 'markdown', label: 'Markdown', note: 'For a wiki or a README.', code: `![${bracketed(name)}](${png})` },
    {
      id: 'html',
      label: 'HTML',
      note: 'For a page. It shows the graph as of when it was loaded.',
      code: `<img src="${png.replaceAll('&', '&amp;')}" width="600" height="240" alt="${escaped(name)}">`,
    },
    { id: 'png', label: 'PNG', note: 'The picture itself.', code: png },
    {
      id: 'csv',
      label: 'CSV',
      note: 'Times and averages, for a spreadsheet.',
      code: csvUrl(parts),
    },
  ]
}

/** Averages, because they tell of a step that is not over yet: sampled values have none before its end (decision 020). */
function csvUrl(parts: EmbedParts): string {
  const interval = String(EMBED_RANGES.find(({ id }) => id === parts.range)?.intervalS ?? 0)
  return addressOf(parts, 'csv', { interval, function: 'average', limit: String(CSV_LIMIT) })
}

function addressOf(
  { publicUrl, feedId, datastreamId, range, key }: EmbedParts,
  format: 'png' | 'csv',
  parameters: Record<string, string>,
): string {
  const query = new URLSearchParams({ duration: range, ...parameters, ...(key !== null && { key }) })
  return `${publicUrl}/v2/feeds/${feedId}/datastreams/${encodeURIComponent(datastreamId)}.${format}?${query}`
}

const bracketed = (text: string): string => text.replaceAll(/[[\]\\]/g, String.raw`\$&`)
const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('"', '&quot;').replaceAll('<', '&lt;')

/**
 * Keys that may stand in a page: they read this channel and can do nothing else, and no address or pace of theirs would
 * keep visitors from seeing it.
 */
export function pageKeys(
  keys: readonly KeyDocument[],
  { feedId, datastreamId, isPrivate }: { feedId: number; datastreamId: string; isPrivate: boolean },
): KeyDocument[] {
  return keys.filter(({ permissions, private_access }) => {
    const onlyReads = permissions.every(({ access_methods }) => access_methods.every((method) => method === 'get'))
    const reaches = permissions.some(
      ({ resources = [], source_ip, minimum_interval }) =>
        source_ip === undefined &&
        minimum_interval === undefined &&
        (resources.length === 0 ||
          resources.some(
            ({ feed_id, datastream_id = datastreamId, datastream_trigger_id: triggerId }) =>
              triggerId === undefined && feed_id === feedId && datastream_id === datastreamId,
          )),
    )
    return onlyReads && reaches && (!isPrivate || private_access === true)
  })
}
