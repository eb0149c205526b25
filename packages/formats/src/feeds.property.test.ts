import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Datastream, Feed } from '@sluice/model'
import { parseFeedBody } from './feeds.ts'
import { renderFeed } from './render-feed.ts'
import { readTags } from './tags.ts'

const NOW = Date.UTC(2026, 10, 22, 12) * 1000

const text = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 }).filter((word) => word.trim() !== '')
const at = fc.integer({ min: NOW - 50 * 365 * 86_400e6, max: NOW })
const tags = fc.array(text, { maxLength: 4 }).map((words) => readTags(words, 'tags', []) ?? [])
const datastream: fc.Arbitrary<Datastream> = fc.record({
  id: fc.stringMatching(/^[a-zA-Z0-9_+-]{1,12}$/),
  currentValue: text,
  at,
  maxValue: fc.integer(),
  minValue: fc.double({ noNaN: true, noDefaultInfinity: true }),
  tags,
  unit: fc.constant({ symbol: '°C' }),
})

test('a feed that was read can be written back and says the same', () => {
  fc.assert(
    fc.property(
      text,
      fc.uniqueArray(datastream, { selector: ({ id }) => id, maxLength: 5 }),
      tags,
      (title, datastreams, words) => {
        const feed: Feed = {
          id: 1,
          accountId: 1,
          creator: 'ann',
          title,
          isPrivate: true,
          description: null,
          website: null,
          email: null,
          icon: null,
          autoFeedUrl: null,
          tags: words,
          location: { domain: 'virtual', lat: 1.5, lon: 2 },
          createdAt: NOW,
          updatedAt: NOW,
          lastDataAt: null,
          productId: null,
          deviceSerial: null,
          datastreams,
        }
        const text = JSON.stringify(renderFeed(feed, { publicUrl: 'http://h', now: NOW }))
        const patch = parseFeedBody({ text, format: 'json', version: 'v2' }, NOW)
        expect(patch.title).toBe(title)
        expect(patch.isPrivate).toBe(true)
        expect(patch.tags ?? []).toEqual(words)
        expect(patch.location).toEqual(feed.location)
        const written = datastreams.map(({ tags, ...rest }) => (tags.length > 0 ? { ...rest, tags } : rest))
        // -0 is written "0.0"
        const read = (patch.datastreams ?? []).map((one) => ({ ...one, minValue: (one.minValue ?? 0) + 0 }))
        expect(read).toEqual(written.map((one) => ({ ...one, minValue: (one.minValue ?? 0) + 0 })))
      },
    ),
  )
})
