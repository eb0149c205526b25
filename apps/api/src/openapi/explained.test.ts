import { expect, test } from 'vitest'
import { explained } from './explained.ts'
import { exactly, TEXT } from './schema.ts'

test.each([
  { name: 'a member of which nothing is said', schemas: { Box: exactly({ lid: TEXT }) }, error: 'Box.lid' },
  { name: 'something said of no member', schemas: {}, error: 'auto_feed_url' },
])('$name is not let through', ({ schemas, error }) => {
  expect(() => explained(schemas)).toThrow(error)
})
