import { startTestApi } from '../test-api.ts'
import type { TestApi } from '../test-api.ts'

/** The real api, seen from where an old client stands: a port, a key, and feeds. */
export type Lab = AsyncDisposable & {
  api: TestApi
  port: number
  /** a master key */
  key: string
  /** makes a feed, by a request that no old client has a part in; @returns its id */
  makeFeed(feed?: object): Promise<string>
  /** what a feed says now, as JSON */
  readFeed(id: string): Promise<SeenFeed>
  /** the current value of a datastream, '' where it has none */
  value(feedId: string, datastream: string): Promise<string>
}
export type SeenFeed = {
  title: string
  datastreams?: { id: string; current_value?: string; at?: string; datapoints?: { at: string; value: string }[] }[]
}

export async function openLab(env: Record<string, string> = {}): Promise<Lab> {
  const api = await startTestApi(env)
  const key = api.home.masterKey
  const readFeed = async (id: string): Promise<SeenFeed> => {
    const { status, document } = await api.send('GET', `/v2/feeds/${id}`, { key })
    if (status !== 200) throw new Error(`feed ${id} was answered ${status}`)
    return document as SeenFeed
  }
  return {
    api,
    port: api.served.api.port,
    key,
    readFeed,
    async makeFeed(feed = {}) {
      const { headers } = await api.send('POST', '/v2/feeds', { key, body: { title: 'Old device', ...feed } })
      return lastSegment(headers.get('location') ?? '')
    },
    async value(feedId, datastream) {
      const { datastreams = [] } = await readFeed(feedId)
      return datastreams.find(({ id }) => id === datastream)?.current_value ?? ''
    },
    [Symbol.asyncDispose]: () => api[Symbol.asyncDispose](),
  }
}

/** How most libraries find the id of what they made: everything behind the last slash of `Location`. */
export const lastSegment = (location: string): string => location.slice(location.lastIndexOf('/') + 1)

/** xively-python parses times with `%Y-%m-%dT%H:%M:%S.%fZ`, libxively wants exactly six digits. */
export const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/
