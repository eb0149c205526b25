import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  formatTimestamp,
  type ApiVersion,
  type DatastreamDocument,
  type FeedDocument,
  type KeyDocument,
  type LocationDocument,
  type Representation,
  type TextFormat,
  type TriggerV2Document,
  type UnitDocument,
} from '@sluice/model'
import type { Body } from './body.ts'
import { parseDatapointBody, parseDatapointsBody } from './datapoints.ts'
import { parseDatastreamBody, parseDatastreamsBody } from './datastreams.ts'
import { parseFeedBody } from './feeds.ts'
import { parseKeyBody } from './keys.ts'
import { readTags } from './tags.ts'
import { parseTriggerBody } from './triggers.ts'
import { writeRepresentation } from './write.ts'

const NOW = Date.UTC(2026, 10, 22, 12) * 1000

/** What a client reads of a document that was written in this format, and sends back. */
function written(representation: Representation, format: TextFormat, version: ApiVersion = 'v2'): Body {
  return { text: writeRepresentation(representation, { format, version }) ?? '', format, version }
}

// Characters that XML 1.0 does not have: control characters, halves of pairs, U+FFFE and U+FFFF. Blanks and line ends
// around a text are lost in XML and CSV.
// oxlint-disable-next-line no-control-regex
const NOT_IN_XML = /[\0-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]/g
const text = fc
  .oneof(
    fc.string({ unit: 'grapheme', maxLength: 20 }),
    fc.string({ unit: 'binary', maxLength: 20 }),
    fc
      .array(fc.constantFrom(...'a " , \' & < > ] ; = \n \r \t ]]> &amp; <!-- " "'.split(' '), ' '), { maxLength: 12 })
      .map((pieces) => pieces.join('')),
  )
  .map((word) => word.replaceAll(NOT_IN_XML, '').trim())
  .filter((word) => word !== '')
const id = fc.stringMatching(/^[a-zA-Z0-9_+ßé-]{1,12}$/)
const micros = fc.integer({ min: NOW - 50 * 365 * 86_400e6, max: NOW })
const at = micros.map(formatTimestamp)
const wholeSecond = micros.map((time) => formatTimestamp(Math.floor(time / 1e6) * 1e6))
const float = fc.integer().map((number) => number.toFixed(1))
const tags = fc.array(text, { minLength: 1, maxLength: 4 }).map((words) => readTags(words, 'tags', []) ?? [])
const unit: fc.Arbitrary<UnitDocument> = fc.record(
  { type: fc.constantFrom('basicSI', 'derivedSI', 'contextDependentUnits'), symbol: text, label: text },
  { requiredKeys: [] },
)
const datapoints = fc.array(fc.record({ at, value: text }), { minLength: 1, maxLength: 4 })

/** Without a value there is no time of it. */
function datastreamWith(time: fc.Arbitrary<string>): fc.Arbitrary<DatastreamDocument> {
  const described = { tags, unit, max_value: float, min_value: float }
  return fc.oneof(
    fc.record({ id, ...described }, { requiredKeys: ['id'] }),
    fc.record({ id, current_value: text, at: time, ...described }, { requiredKeys: ['id', 'current_value', 'at'] }),
  )
}
const datastream = datastreamWith(at)
const historic: fc.Arbitrary<DatastreamDocument> = fc
  .tuple(datastream, fc.option(datapoints, { nil: undefined }))
  .map(([document, points]) => (points ? { ...document, datapoints: points } : document))
const unique = { selector: ({ id }: DatastreamDocument) => id, maxLength: 4 }

const location: fc.Arbitrary<LocationDocument> = fc.record(
  {
    disposition: fc.constantFrom('fixed', 'mobile'),
    name: text,
    exposure: fc.constantFrom('indoor', 'outdoor'),
    domain: fc.constantFrom('physical', 'virtual'),
    ele: float,
    lat: fc.double({ min: -90, max: 90, noNaN: true }).map((degrees) => degrees + 0),
    lon: fc.double({ min: -180, max: 180, noNaN: true }).map((degrees) => degrees + 0),
    waypoints: fc.array(fc.record({ at, lat: fc.constant(1), lon: fc.constant(2.5) }), { minLength: 1, maxLength: 2 }),
  },
  { requiredKeys: ['domain'] },
)
const feedWith = (datastreams: fc.Arbitrary<DatastreamDocument[]>): fc.Arbitrary<FeedDocument> =>
  fc.record(
    {
      id: fc.constant(504),
      title: text,
      private: fc.constantFrom('true', 'false'),
      icon: text,
      website: text,
      tags,
      description: text,
      feed: fc.constant('http://HOST/v2/feeds/504.json'),
      auto_feed_url: text,
      status: fc.constantFrom('live', 'frozen'),
      updated: wholeSecond,
      created: at,
      email: text,
      creator: fc.constant('http://HOST/users/ann'),
      user: fc.constant({ login: 'ann' }),
      version: fc.constant('1.0.0'),
      datastreams,
      location,
    },
    { requiredKeys: ['id', 'title', 'private', 'feed', 'status', 'updated', 'created', 'creator', 'version'] },
  )
const feed = feedWith(fc.uniqueArray(historic, unique))
const environment = {
  id: 504,
  updated: '2013-05-06T20:08:17.000000Z',
  created: '2013-05-06T20:08:17.000000Z',
  creator: 'c',
}

test('a feed says the same as XML and as JSON', () => {
  fc.assert(
    fc.property(feed, (document) => {
      const read = (format: TextFormat) => {
        const patch = parseFeedBody(written({ kind: 'feed', document }, format), NOW)
        // none and not given are alike in XML, and neither changes anything
        return patch.datastreams?.length === 0 ? { ...patch, datastreams: undefined } : patch
      }
      expect(read('xml')).toEqual(read('json'))
    }),
  )
})

test('datastreams say the same as XML and as JSON', () => {
  fc.assert(
    fc.property(fc.uniqueArray(historic, { ...unique, minLength: 1 }), ([first, ...others]) => {
      if (!first) return
      const one: Representation = { kind: 'datastream', document: { ...first, version: '1.0.0' }, environment }
      const read = (format: TextFormat) => parseDatastreamBody(written(one, format), 'path', NOW)
      expect(read('xml')).toEqual(read('json'))
      const all: Representation = {
        kind: 'datastreams',
        document: { version: '1.0.0', datastreams: [first, ...others] },
        environment,
      }
      const readAll = (format: TextFormat) => parseDatastreamsBody(written(all, format), NOW)
      expect(readAll('xml')).toEqual(readAll('json'))
    }),
  )
})

test('current values say the same as CSV and as JSON', () => {
  const plain = fc.uniqueArray(
    datastream.map(({ id, current_value: value, at: time }): DatastreamDocument =>
      value === undefined || time === undefined ? { id } : { id, current_value: value, at: time },
    ),
    { ...unique, minLength: 1 },
  )
  fc.assert(
    fc.property(plain, feed, (datastreams, around) => {
      const whole: Representation = { kind: 'feed', document: { ...around, datastreams } }
      const inJson = JSON.stringify({ datastreams })
      const expected = parseFeedBody({ text: inJson, format: 'json', version: 'v2' }, NOW)
      expect(parseFeedBody(written(whole, 'csv'), NOW)).toEqual(expected)
      for (const document of datastreams) {
        const one: Representation = { kind: 'datastream', document, environment }
        const read = (format: TextFormat) => parseDatastreamBody(written(one, format), 'path', NOW)
        expect(read('csv')).toEqual(read('json'))
      }
    }),
  )
})

test('datapoints say the same in every format', () => {
  fc.assert(
    fc.property(id, datapoints, (stream, points) => {
      const document: DatastreamDocument = { id: stream, datapoints: points }
      const history: Representation = { kind: 'datastream', document, environment }
      const expected = parseDatapointsBody(written(history, 'json'), NOW)
      expect(parseDatapointsBody(written(history, 'xml'), NOW)).toEqual(expected)
      expect(parseDatapointsBody(written(history, 'csv'), NOW)).toEqual(expected)
      for (const point of points) {
        for (const format of ['json', 'xml', 'csv'] as const) {
          expect(parseDatapointBody(written({ kind: 'datapoint', document: point }, format))).toBe(point.value)
        }
      }
    }),
  )
})

test('the history of a feed says the same as CSV and as JSON', () => {
  const twoPoints = fc.array(fc.record({ at, value: text }), { minLength: 2, maxLength: 5 })
  const streams = fc.uniqueArray(fc.record({ id, datapoints: twoPoints }), { ...unique, minLength: 1 })
  fc.assert(
    fc.property(streams, feed, (datastreams, around) => {
      const inJson = JSON.stringify({ datastreams })
      const expected = parseFeedBody({ text: inJson, format: 'json', version: 'v2' }, NOW)
      const whole: Representation = { kind: 'feed', document: { ...around, datastreams } }
      const read = parseFeedBody(written(whole, 'csv'), NOW)
      const byTime = (patches: typeof read.datastreams) =>
        (patches ?? [])
          .map((patch) => ({
            id: patch.id,
            points: (patch.datapoints ?? []).toSorted((one, other) => (one.at ?? 0) - (other.at ?? 0)),
          }))
          .toSorted((one, other) => (one.id < other.id ? -1 : 1))
      expect(byTime(read.datastreams)).toEqual(byTime(expected.datastreams))
    }),
  )
})

test('version 1 says the same as version 2, but for tags, privacy and parts of seconds', () => {
  const sameTime = fc.uniqueArray(datastreamWith(wholeSecond), unique)
  fc.assert(
    fc.property(feedWith(sameTime), (document) => {
      const datastreams = (document.datastreams ?? []).map((stream) =>
        stream.at === undefined ? stream : { ...stream, at: document.updated },
      )
      // extremes are told with a value only
      const valued = datastreams.map((stream) =>
        stream.current_value === undefined ? { id: stream.id, tags: stream.tags ?? ['t'] } : stream,
      )
      const { private: _, tags: __, auto_feed_url: ___, ...plain } = { ...document, datastreams: valued }
      const inV2 = parseFeedBody({ text: JSON.stringify(plain), format: 'json', version: 'v2' }, NOW)
      const expected = inV2.datastreams?.length === 0 ? { ...inV2, datastreams: undefined } : inV2
      for (const format of ['json', 'xml'] as const) {
        const whole: Representation = { kind: 'feed', document: { ...document, datastreams: valued } }
        const patch = parseFeedBody(written(whole, format, 'v1'), NOW)
        expect(patch.datastreams?.length === 0 ? { ...patch, datastreams: undefined } : patch).toEqual(expected)
      }
      const values = datastreams.flatMap(({ current_value: value = '' }) => [value])
      if (values.every((value) => value === '')) return
      const whole: Representation = { kind: 'feed', document: { ...document, datastreams } }
      expect(parseFeedBody(written(whole, 'csv', 'v1'), NOW).datastreams).toEqual(
        values.flatMap((currentValue, index) => (currentValue === '' ? [] : [{ id: String(index), currentValue }])),
      )
    }),
  )
})

test('keys and triggers say the same as XML and as JSON', () => {
  const key: fc.Arbitrary<KeyDocument> = fc.record(
    {
      api_key: fc.constant('slc_…Xk3f'),
      label: text,
      private_access: fc.constant(true),
      expires_at: at,
      permissions: fc.array(
        fc.record(
          {
            label: text,
            access_methods: fc.uniqueArray(fc.constantFrom('get', 'put', 'post', 'delete'), { minLength: 1 }),
            resources: fc.array(
              fc.record({ feed_id: fc.integer({ min: 1 }), datastream_id: id }, { requiredKeys: ['feed_id'] }),
              { minLength: 1, maxLength: 3 },
            ),
          },
          { requiredKeys: ['access_methods'] },
        ),
        { minLength: 1, maxLength: 3 },
      ),
    },
    { requiredKeys: ['api_key', 'label', 'permissions'] },
  )
  const trigger: fc.Arbitrary<TriggerV2Document> = fc.record({
    id: fc.nat(),
    threshold_value: fc.oneof(float, text),
    notified_at: fc.oneof(fc.constant(''), at),
    url: fc.webUrl({ withQueryParameters: true }).map((url) => `${url}&a=%3C<`),
    trigger_type: fc.constant('eq'),
    stream_id: id,
    environment_id: fc.integer({ min: 1 }),
    user: text,
  })
  fc.assert(
    fc.property(key, trigger, (ofKey, ofTrigger) => {
      const readKey = (format: TextFormat) => parseKeyBody(written({ kind: 'key', document: { key: ofKey } }, format))
      expect(readKey('xml')).toEqual(readKey('json'))
      const readTrigger = (format: TextFormat) =>
        parseTriggerBody(written({ kind: 'trigger', document: ofTrigger }, format))
      expect(readTrigger('xml')).toEqual(readTrigger('json'))
    }),
  )
})
