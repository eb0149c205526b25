import { expect, test } from 'vitest'
import { readApi } from './api-document.ts'
import { API_DOCUMENT } from './api-fixture.ts'
import { sampleOf } from './example-body.ts'

const { schemas } = readApi(API_DOCUMENT)

test.each([
  { schema: { $ref: '#/components/schemas/Credentials' }, sample: { email: 'text', password: 'text' } },
  // requires nothing: its first members
  { schema: { $ref: '#/components/schemas/FeedInput' }, sample: { title: 'text', private: true, tags: ['text'] } },
  { schema: { $ref: '#/components/schemas/Feed' }, sample: { id: 1, status: 'live' } },
  { schema: { type: 'integer', minimum: 5 }, sample: 5 },
  {
    schema: { type: 'string', format: 'date-time', examples: ['2013-05-06T20:08:17Z'] },
    sample: '2013-05-06T20:08:17Z',
  },
  { schema: { const: true }, sample: true },
  { schema: { $ref: '#/components/schemas/Nobody' }, sample: {} },
])('$schema is shown by $sample', ({ schema, sample }) => {
  expect(sampleOf(schema, schemas)).toEqual(sample)
})
