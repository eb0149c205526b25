import { expect, test } from 'vitest'
import { bodyFormat } from './body.ts'

test.each([
  { text: '{"a":1}', extension: 'csv', accept: 'xml', format: 'csv', why: 'the extension counts first' },
  { text: '<eeml/>', extension: 'json', accept: null, format: 'json', why: 'even against the evidence' },
  { text: '<eeml/>', extension: null, accept: 'json', format: 'xml', why: 'an angle bracket is XML' },
  {
    text: ' \r\n\uFEFF<?xml',
    extension: null,
    accept: null,
    format: 'xml',
    why: 'behind blanks and a byte order mark',
  },
  { text: '\t{"a":1}', extension: null, accept: 'xml', format: 'json', why: 'a brace is JSON' },
  { text: '[1]', extension: null, accept: 'csv', format: 'json', why: 'a bracket is JSON' },
  { text: '21.5', extension: null, accept: 'csv', format: 'csv', why: 'else Accept counts' },
  { text: '21.5', extension: null, accept: null, format: 'json', why: 'else it is JSON' },
  { text: '', extension: null, accept: null, format: 'json', why: 'also where there is nothing' },
] as const)('$why: $text is $format', ({ text, extension, accept, format }) => {
  expect(bodyFormat(text, { extension, accept })).toBe(format)
})
