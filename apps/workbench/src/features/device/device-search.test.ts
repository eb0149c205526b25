import { expect, test } from 'vitest'
import { parseSearch, stringifySearch } from '../../search-text.ts'
import { parseDeviceSearch } from './device-search.ts'

test.each([
  { text: '', search: {} },
  { text: '?tab=log&request=42&show=failed', search: { tab: 'log', request: '42', show: 'failed' } },
  { text: '?channel=temp.1&range=24h&view=table', search: { channel: 'temp.1', range: '24h', view: 'table' } },
  { text: '?tab=nonsense&range=7d&view=pie&show=maybe&other=1', search: {} },
  { text: '?request=%3Cscript%3E&channel=', search: {} },
])('"$text" is understood as $search', ({ text, search }) => {
  expect(parseDeviceSearch(parseSearch(text))).toEqual(search)
})

test.each([{ search: { tab: 'log', request: '42' } }, { search: { channel: 'Größe & Co' } }, { search: {} }])(
  '$search survives the address bar',
  ({ search }) => {
    expect(parseSearch(stringifySearch({ ...search, gone: undefined }))).toEqual(search)
  },
)
