/** Windows that a rule can be tried on. */
export const PREVIEW_RANGES = [
  { id: '24h', spanS: 86_400, label: '24 h', words: 'the last 24 hours' },
  { id: '7d', spanS: 7 * 86_400, label: '7 d', words: 'the last 7 days' },
  { id: '30d', spanS: 30 * 86_400, label: '30 d', words: 'the last 30 days' },
] as const
export type PreviewRange = (typeof PREVIEW_RANGES)[number]['id']
/** until there is a reason for another one */
export const DEFAULT_RANGE: PreviewRange = '7d'

/** What the address of the editor says beside the form: where a new trigger begins, and what the preview shows. */
export type EditorSearch = {
  feed?: string
  stream?: string
  range?: PreviewRange
  /** a window of one's own, ISO 8601; both or none */
  from?: string
  to?: string
  /** a moment that the graph shows from near, ISO 8601 */
  at?: string
}

/** Undefined takes a member away. */
export type SearchChange = { [Name in keyof EditorSearch]?: EditorSearch[Name] | undefined }

export function parseEditorSearch(search: Record<string, unknown>): EditorSearch {
  const { feed, stream, at } = search
  const range = PREVIEW_RANGES.find(({ id }) => id === search['range'])?.id
  const window = windowOf(search['from'], search['to'])
  return {
    ...(typeof feed === 'string' && /^[1-9]\d{0,14}$/.test(feed) ? { feed } : {}),
    ...(typeof stream === 'string' && stream !== '' ? { stream } : {}),
    ...(range === undefined || window !== null ? {} : { range }),
    ...window,
    ...(typeof at === 'string' && !Number.isNaN(Date.parse(at)) ? { at } : {}),
  }
}

function windowOf(from: unknown, to: unknown): { from: string; to: string } | null {
  if (typeof from !== 'string' || typeof to !== 'string') return null
  const [start, end] = [Date.parse(from), Date.parse(to)]
  return start < end ? { from: new Date(start).toISOString(), to: new Date(end).toISOString() } : null
}

/** The window that an address means, in milliseconds, with words for it. A range ends now. */
export function previewWindow(
  { range = DEFAULT_RANGE, from, to }: Pick<SearchChange, 'range' | 'from' | 'to'>,
  nowMs: number,
): { startMs: number; endMs: number; words: string } {
  if (from !== undefined && to !== undefined) {
    return { startMs: Date.parse(from), endMs: Date.parse(to), words: 'this window' }
  }
  const { spanS, words } = PREVIEW_RANGES.find(({ id }) => id === range) ?? PREVIEW_RANGES[1]
  return { startMs: nowMs - spanS * 1000, endMs: nowMs, words }
}
