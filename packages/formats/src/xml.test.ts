import { SluiceError } from '@sluice/model'
import { expect, test } from 'vitest'
import { parseXml } from './xml.ts'

const leaf = (name: string, text: string, attributes = {}) => ({ name, attributes, children: [], text })

test.each([
  ['<a/>', leaf('a', '')],
  ['\uFEFF<?xml version="1.0" encoding="utf-8"?>\n<a> x </a>\n', leaf('a', 'x')],
  ["<?xml version='1.0' encoding='US-ASCII'?><!-- <!DOCTYPE a> --><a/>", leaf('a', '')],
  ['<e:a xmlns:e="urn:e" e:b="1" c="2"/>', leaf('a', '', { 'xmlns:e': 'urn:e', 'e:b': '1', c: '2' })],
  ['<a>1 &lt;&amp;&gt;&quot;&apos; &#65;&#x42;</a>', leaf('a', '1 <&>"\' AB')],
  ['<a>x<!-- y -->z<?pi w?></a>', leaf('a', 'xz')],
  ['<a><![CDATA[<!DOCTYPE b> & c]]></a>', leaf('a', '<!DOCTYPE b> & c')],
  ['<a b="&#10; c "/>', leaf('a', '', { b: '\n c ' })],
  ['<a>\n x&#13;y\r\nz \n</a>', leaf('a', 'x\ry\nz')],
  ['<a> <b>1</b> t <b>2</b> </a>', { ...leaf('a', 't'), children: [leaf('b', '1'), leaf('b', '2')] }],
])('%j', (text, element) => {
  expect(parseXml(text)).toEqual(element)
})

function refusal(text: string): string {
  try {
    return JSON.stringify(parseXml(text))
  } catch (error) {
    if (!(error instanceof SluiceError)) throw error
    expect(error).toMatchObject({ code: 'invalid', title: 'XML Parser Error' })
    return error.message
  }
}

test.each([
  ['<a>\n  <b>\n</a>', 'invalid format, element start and end names do not match at 3:4'],
  ['<a></b>', 'invalid format, element start and end names do not match at 1:7'],
  ['<a/></b>', 'invalid format, element start and end names do not match at 1:8'],
  ['<a>', 'invalid format, unclosed tag: a at 1:3'],
  ['<a', 'invalid format, document must contain a root element at 1:2'],
  ['<a><b', 'invalid format, unclosed tag: a at 1:5'],
  ['<a/><!-- ', 'invalid format, unexpected end at 1:9'],
  ['', 'invalid format, document must contain a root element at 1:0'],
  ['temp,21.5', 'invalid format, text data outside of root node at 1:9'],
  ['<a/><b/>', 'invalid format, documents may contain only one root at 1:7'],
  ['<a b="1" b="2"/>', 'invalid format, duplicate attribute: b at 1:16'],
  ['<a b=1/>', 'invalid format, unquoted attribute value at 1:6'],
  ['<a>&nbsp;</a>', 'invalid format, undefined entity at 1:9'],
  ['<a>&constructor;&__proto__;</a>', 'invalid format, undefined entity at 1:16'],
  ['<a>&#0;</a>', 'invalid format, malformed character entity at 1:7'],
  ['<a>&#xD800;</a>', 'invalid format, malformed character entity at 1:11'],
  ['<a>\u0001</a>', 'invalid format, disallowed character at 1:4'],
  ['<a>\uD800</a>', 'invalid format, half of a character pair'],
  ['<a>\uD800', 'invalid format, half of a character pair'],
  [`<${'n'.repeat(1000)}>`, `invalid format, unclosed tag: ${'n'.repeat(86)} at 1:1002`],
  ['<!DOCTYPE a><a/>', 'A DOCTYPE is not allowed'],
  ['<?xml version="1.0"?>\n<!-- x --><!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>', 'A DOCTYPE is not allowed'],
  ['<!DOCTYPE a [<!ENTITY b "c">', 'A DOCTYPE is not allowed'],
  ['<!doctype a><a/>', 'A DOCTYPE is not allowed'],
  ['<a><!DOCTYPE a></a>', 'invalid format, inappropriately located doctype declaration at 1:12'],
  ['<!ENTITY b "c"><a/>', 'invalid format, incorrect syntax at 1:9'],
  ['<?xml version="1.0" encoding="UTF-7"?><a/>', 'The encoding must be UTF-8'],
  ['<?xml version="1.0" encoding="UTF-16"?><a/>', 'The encoding must be UTF-8'],
  ['<?xml version="1.0" encoding="iso-8859-1"?><a/>', 'The encoding must be UTF-8'],
])('%j is refused', (text, sentence) => {
  expect(refusal(text)).toBe(sentence)
})

const attributes = (count: number) => Array.from({ length: count }, (_, n) => `b${n}=""`).join(' ')

test('what is beyond a limit is refused with its name', () => {
  expect(refusal(`${'<a>'.repeat(17)}${'</a>'.repeat(17)}`)).toBe('XML is nested deeper than 16 levels')
  expect(refusal(`<a>${'<b/>'.repeat(10_000)}</a>`)).toBe('XML has more than 10000 elements')
  expect(refusal(`<a ${attributes(101)}/>`)).toBe('An element has more than 100 attributes')
  expect(refusal(`<a>${'&#65;'.repeat(20_001)}</a>`)).toBe('XML has more than 20000 character references')
})

test('what is just within the limits is read', () => {
  expect(refusal(`${'<a>'.repeat(16)}${'</a>'.repeat(16)}`)).toContain('"name":"a"')
  expect(parseXml(`<a>${'<b/>'.repeat(9_999)}</a>`).children).toHaveLength(9_999)
  const element = parseXml(`<a ${attributes(100)}><c ${attributes(100)}/></a>`)
  expect(Object.keys(element.attributes)).toHaveLength(100)
  expect(parseXml(`<a>${'&#65;'.repeat(20_000)}</a>`).text).toHaveLength(20_000)
})
