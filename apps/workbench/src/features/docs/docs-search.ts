/** What the address of the documentation says, beside the operation in its hash: what examples are filled with. */
export type DocsSearch = { feed?: string; stream?: string; key?: string; q?: string }

/** Keeps what makes sense and forgets the rest. */
export function parseDocsSearch(search: Record<string, unknown>): DocsSearch {
  const { feed, stream, key, q } = search
  return {
    ...(isId(feed) ? { feed } : {}),
    ...(typeof stream === 'string' && stream !== '' && stream.length <= 128 ? { stream } : {}),
    ...(isId(key) ? { key } : {}),
    ...(typeof q === 'string' && q !== '' ? { q } : {}),
  }
}

const isId = (text: unknown): text is string => typeof text === 'string' && /^\d{1,15}$/.test(text)
