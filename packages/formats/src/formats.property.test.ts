import fc from 'fast-check'
import { expect, test } from 'vitest'
import { SluiceError, type Datastream, type Feed } from '@sluice/model'
import { parseDatapointsBody } from './datapoints.ts'
import { parseDatastreamBody, parseDatastreamsBody } from './datastreams.ts'
import { parseNewDeviceBody } from './devices.ts'
import { parseFeedBody } from './feeds.ts'
import { parseKeyBody } from './keys.ts'
import { renderFeed } from './render-feed.ts'
import { readTags } from './tags.ts'

const NOW = Date.UTC(2026, 10, 22, 12) * 1000

const member = fc.constantFrom(
  ...'id title private tags location datastreams datapoints values unit at value current_value max_value lat key permissions access_methods resources feed_id label name'.split(
    ' ',
  ),
)
const scrap = fc.letrec((tie) => ({
  any: fc.oneof(
    { depthSize: 'small' },
    fc.jsonValue({ maxDepth: 1 }),
    fc.string({ unit: 'binary' }),
    fc.array(tie('any'), { maxLength: 4 }),
    fc.dictionary(member, tie('any'), { maxKeys: 6 }),
  ),
})).any

test('nothing that a client sends throws anything but a SluiceError', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        scrap.map((document) => JSON.stringify(document) ?? 'undefined'),
        fc.string(),
      ),
      (text) => {
        const parsers = [
          () => parseFeedBody(text, NOW),
          () => parseDatastreamBody(text, 'x', NOW),
          () => parseDatastreamsBody(text, NOW),
          () => parseDatapointsBody(text, NOW),
          () => parseKeyBody(text),
          () => parseNewDeviceBody(text),
        ]
        for (const parse of parsers) {
          try {
            parse()
          } catch (error) {
            expect(error).toBeInstanceOf(SluiceError)
          }
        }
      },
    ),
    { numRuns: 500 },
  )
})

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
        const patch = parseFeedBody(JSON.stringify(renderFeed(feed, { publicUrl: 'http://h', now: NOW })), NOW)
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
