import type { KeyDocument, PermissionDocument } from '@sluice/model'
import { expect, test } from 'vitest'
import { embedSnippets, graphUrl, pageKeys } from './embed-snippets.ts'
import type { EmbedParts } from './embed-snippets.ts'

const parts: EmbedParts = {
  publicUrl: 'http://127.0.0.1:8080',
  feedId: 7,
  datastreamId: 'temp',
  range: '1day',
  timeZone: 'Europe/Berlin',
  key: 'READ_KEY',
}
const codes = (change: Partial<EmbedParts> = {}): Record<string, string> =>
  Object.fromEntries(embedSnippets({ ...parts, ...change }).map(({ id, code }) => [id, code]))

test('as they stand', () => {
  const png =
    'http://127.0.0.1:8080/v2/feeds/7/datastreams/temp.png?duration=1day&w=600&h=240&b=true&timezone=Europe%2FBerlin&key=READ_KEY'
  expect(codes()).toEqual({
    markdown: `![temp](${png})`,
    html: `<img src="${png.replaceAll('&', '&amp;')}" width="600" height="240" alt="temp">`,
    png,
    csv: 'http://127.0.0.1:8080/v2/feeds/7/datastreams/temp.csv?duration=1day&interval=300&function=average&limit=1000&key=READ_KEY',
  })
  expect(graphUrl({ ...parts, key: null })).not.toContain('key=')
})

test('the name of a channel is text, whatever is in it', () => {
  const { markdown, html, csv } = codes({ datastreamId: 'a]"<b' })
  expect(markdown).toContain(String.raw`![a\]"<b](`)
  expect(html).toContain('alt="a]&quot;&lt;b"')
  expect(csv).toContain('/datastreams/a%5D%22%3Cb.csv?')
})

const key = (permission: Partial<PermissionDocument>, isPrivate = true): KeyDocument => ({
  api_key: 'slc_…Xk3f',
  label: 'l',
  private_access: isPrivate,
  permissions: [{ access_methods: ['get'], ...permission }],
})

test.each([
  { name: 'reads everything', of: key({}), fits: true },
  { name: 'reads the feed', of: key({ resources: [{ feed_id: 7 }] }), fits: true },
  { name: 'reads the channel', of: key({ resources: [{ feed_id: 7, datastream_id: 'temp' }] }), fits: true },
  { name: 'reads for pages of one site', of: key({ referer: 'example.org' }), fits: true },
  { name: 'reads another channel', of: key({ resources: [{ feed_id: 7, datastream_id: 'x' }] }), fits: false },
  { name: 'reads another feed', of: key({ resources: [{ feed_id: 8 }] }), fits: false },
  { name: 'reads a trigger', of: key({ resources: [{ datastream_trigger_id: 7 }] }), fits: false },
  { name: 'writes, too', of: key({ access_methods: ['get', 'put'] }), fits: false },
  { name: 'is for one address', of: key({ source_ip: '10.0.0.1' }), fits: false },
  { name: 'has a pace', of: key({ minimum_interval: 60 }), fits: false },
  { name: 'does not see private feeds', of: key({}, false), fits: false },
])('a key that $name may stand in a page: $fits', ({ of, fits }) => {
  expect(pageKeys([of], { feedId: 7, datastreamId: 'temp', isPrivate: true })).toHaveLength(fits ? 1 : 0)
})
