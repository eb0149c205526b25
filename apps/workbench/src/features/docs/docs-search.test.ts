import { expect, test } from 'vitest'
import { parseSearch } from '../../search-text.ts'
import { parseDocsSearch } from './docs-search.ts'

test.each([
  { text: '', search: {} },
  {
    text: '?feed=1977&stream=temp.1&key=12&q=history',
    search: { feed: '1977', stream: 'temp.1', key: '12', q: 'history' },
  },
  { text: '?feed=slc_secret&stream=&key=-1&q=&other=1', search: {} },
])('"$text" is understood as $search', ({ text, search }) => {
  expect(parseDocsSearch(parseSearch(text))).toEqual(search)
})
