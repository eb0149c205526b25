import fc from 'fast-check'
import { expect, test } from 'vitest'
import { SluiceError, type ApiVersion, type TextFormat } from '@sluice/model'
import { bodyFormat, type Body } from './body.ts'
import { parseDatapointBody, parseDatapointsBody } from './datapoints.ts'
import { parseDatastreamBody, parseDatastreamsBody } from './datastreams.ts'
import { parseNewDeviceBody } from './devices.ts'
import { parseFeedBody } from './feeds.ts'
import { parseKeyBody } from './keys.ts'
import { parseTriggerBody } from './triggers.ts'

const NOW = Date.UTC(2026, 10, 22, 12) * 1000

const FORMATS: readonly TextFormat[] = ['json', 'xml', 'csv']
const VERSIONS: readonly ApiVersion[] = ['v1', 'v2']
const PARSERS: readonly ((body: Body) => unknown)[] = [
  (body) => parseFeedBody(body, NOW),
  (body) => parseDatastreamBody(body, 'x', NOW),
  (body) => parseDatastreamsBody(body, NOW),
  (body) => parseDatapointsBody(body, NOW),
  (body) => parseDatapointBody(body),
  (body) => parseKeyBody(body),
  (body) => parseTriggerBody(body),
]

function isRefused(parse: () => unknown): boolean {
  try {
    parse()
    return false
  } catch (error) {
    expect(error).toBeInstanceOf(SluiceError)
    return true
  }
}

/** Reads text as everything it could be. */
function readAsAll(text: string): void {
  for (const format of FORMATS) {
    for (const version of VERSIONS) for (const parse of PARSERS) isRefused(() => parse({ text, format, version }))
  }
  isRefused(() => parseNewDeviceBody(text))
  expect(FORMATS).toContain(bodyFormat(text, { extension: null, accept: null }))
}

const member = fc.constantFrom(
  ...'id title private tags location datastreams datapoints values unit at value current_value max_value lat key permissions access_methods resources feed_id label name updated recorded_at environment_id stream_id trigger_type threshold_value url'.split(
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

const BODIES = [
  '<?xml version="1.0" encoding="UTF-8"?>\n<eeml xmlns="http://www.eeml.org/xsd/0.5.1" version="0.5.1"><environment updated="2013-05-06T20:08:17Z"><title>B &amp; C</title><tag>a</tag><location domain="physical"><lat>51.5</lat></location><data id="flow"><tag>water</tag><current_value at="2013-05-06T20:08:17Z">41.2</current_value><max_value>90.0</max_value><unit type="derivedSI" symbol="&#176;C">Celsius</unit><datapoints><value at="2013-05-06T20:07:17Z"><![CDATA[41.0]]></value></datapoints></data></environment></eeml>',
  '<eeml version="5"><environment><data id="0"><value minValue="0" maxValue="9">1</value></data></environment></eeml>',
  '<key><label>lab</label><permissions><permission><access-methods><access-method>GET</access-method></access-methods><resources><resource><feed-id>1</feed-id></resource></resources></permission></permissions></key>',
  '<datastream-trigger><url>http://example.test</url><trigger-type>eq</trigger-type><threshold-value type="float">44</threshold-value><environment-id>424</environment-id><stream-id>1</stream-id></datastream-trigger>',
  'a,2013-05-06T20:08:17Z,1\r\nb,"x, ""y"""\n',
  '2013-05-06T20:08:17Z,1\n2013-05-06T20:08:18Z,2',
  '{"version":"0.6-alpha","title":"B","datastreams":[{"id":"0","values":[{"value":"1","recorded_at":"2013-05-06T20:08:17Z"}]}]}',
  '{"datapoints":[{"at":"2013-05-06T20:08:17Z","value":"41.0"}]}',
]
const SNIPPETS =
  '< > & " \' , ; = / ! ? [ ] { } : \\ # \n \r \0 \u0001 \uFEFF \uFFFF <![CDATA[ ]]> <!-- --> <!DOCTYPE <? ?> </ /> &# &#x; &amp; &lol; "" xmlns xmlns:a= __proto__ constructor <data> <value> <eeml>'
    .split(' ')
    .concat(' ')
const place = fc.double({ min: 0, max: 1, noNaN: true })
/** Takes a piece out of a body, or puts it elsewhere once more, or something else in its place. */
const mutation = fc.record({
  start: place,
  length: fc.nat({ max: 40 }),
  to: place,
  put: fc.oneof(fc.constantFrom('', 'copy'), fc.constantFrom(...SNIPPETS), fc.string({ unit: 'binary', maxLength: 8 })),
})
const mutated = fc
  .tuple(fc.constantFrom(...BODIES), fc.array(mutation, { minLength: 1, maxLength: 6 }))
  .map(([body, mutations]) =>
    mutations.reduce((text, { start, length, to, put }) => {
      const from = Math.floor(start * text.length)
      const piece = text.slice(from, from + length)
      if (put !== 'copy') return text.slice(0, from) + put + text.slice(from + length)
      const at = Math.floor(to * text.length)
      return text.slice(0, at) + piece + text.slice(at)
    }, body),
  )

test('nothing that a client sends throws anything but a SluiceError', () => {
  const text = fc.oneof(
    scrap.map((document) => JSON.stringify(document) ?? 'undefined'),
    fc.string(),
    fc.string({ unit: 'binary', maxLength: 200 }),
    fc.array(fc.constantFrom(...SNIPPETS), { maxLength: 40 }).map((pieces) => pieces.join('')),
    mutated,
  )
  fc.assert(fc.property(text, readAsAll), { numRuns: 1000 })
}, 60_000)

/** Milliseconds of the fastest of three runs, or of the first that is fast enough: the machine may be busy. */
function fastest(enoughMs: number, run: () => void): number {
  let bestMs = Infinity
  for (let attempt = 0; attempt < 3 && bestMs > enoughMs; attempt++) {
    const startedAt = Date.now()
    run()
    bestMs = Math.min(bestMs, Date.now() - startedAt)
  }
  return bestMs
}

const MEGABYTE = 1_048_576
/** a few times what the slowest takes: everything is linear, and mostly refused long before its end */
const HOSTILE_MS = 500
const numbered = (count: number, row: (n: number) => string, separator = '') =>
  Array.from({ length: count }, (_, n) => row(n)).join(separator)

test.each([
  { what: '200,000 nested tags', text: '<a>'.repeat(200_000) },
  { what: '200,000 elements', text: `<a>${'<b/>'.repeat(200_000)}</a>` },
  { what: 'a million character references', text: `<a>${'&#65;'.repeat(1_000_000)}</a>` },
  { what: 'a million references in an attribute', text: `<a b="${'&lt;'.repeat(1_000_000)}"/>` },
  { what: '100,000 attributes', text: `<a ${numbered(100_000, (n) => `b${n}="1"`, ' ')}/>` },
  { what: 'a megabyte of attributes', text: `<a>${`<b ${numbered(100, (n) => `c${n}=""`, ' ')}/>`.repeat(1_500)}</a>` },
  { what: 'a DOCTYPE of a megabyte', text: `<!DOCTYPE a [${'<!ENTITY b "c">'.repeat(70_000)}]><a/>` },
  { what: 'a DOCTYPE behind a comment of a megabyte', text: `<!--${' <!'.repeat(350_000)}--><!DOCTYPE a><a/>` },
  { what: 'comments of a megabyte', text: `<a>${'<!---->x'.repeat(131_072)}</a>` },
  { what: 'a comment without an end', text: `<a><!--${' -'.repeat(MEGABYTE / 2)}` },
  { what: 'a CDATA section without an end', text: `<a><![CDATA[${']'.repeat(MEGABYTE)}` },
  { what: 'a reference without an end', text: `<a>&${'a'.repeat(MEGABYTE)}` },
  { what: 'a name of a megabyte', text: `<${'a'.repeat(MEGABYTE)}>` },
  { what: 'a megabyte of opening brackets', text: '<'.repeat(MEGABYTE) },
  { what: 'a megabyte of processing instructions', text: '<?x?>'.repeat(200_000) },
  { what: 'a million lines', text: 'a,1\n'.repeat(1_000_000) },
  { what: 'a million empty lines with something around them', text: `a,1${'\n'.repeat(MEGABYTE)}b,2` },
  { what: 'a million cells', text: '1,'.repeat(1_000_000) },
  { what: 'a megabyte of quotes', text: '"'.repeat(MEGABYTE) },
  { what: 'a megabyte of quotes, one too many', text: `a,${'"'.repeat(MEGABYTE + 1)}` },
  { what: 'a cell of a megabyte', text: `a,"${'x'.repeat(MEGABYTE)}"` },
  { what: 'a quote behind a megabyte of blanks', text: `a,${' '.repeat(MEGABYTE)}"` },
  { what: 'quotes inside cells', text: '"a" '.repeat(262_144) },
  { what: 'a million brackets', text: '['.repeat(1_000_000) },
  { what: '100,000 members', text: `{${numbered(100_000, (n) => `"m${n}":1`, ',')}}` },
  { what: 'a megabyte of escapes', text: `{"title":"${'\\u0041'.repeat(170_000)}"}` },
])('$what: no reader takes long', ({ text }) => {
  for (const format of FORMATS) {
    for (const version of VERSIONS) {
      const tookMs = fastest(HOSTILE_MS, () => void isRefused(() => parseFeedBody({ text, format, version }, NOW)))
      expect(tookMs, format).toBeLessThanOrEqual(HOSTILE_MS)
    }
  }
})

test('a DOCTYPE is refused in a millisecond', () => {
  const text = `<?xml version="1.0"?><!DOCTYPE lolz [${'<!ENTITY lol "lol">'.repeat(50_000)}]><lolz>&lol;</lolz>`
  const body: Body = { text, format: 'xml', version: 'v2' }
  const tookMs = fastest(1, () => expect(() => parseFeedBody(body, NOW)).toThrow('A DOCTYPE is not allowed'))
  expect(tookMs).toBeLessThanOrEqual(1)
})
