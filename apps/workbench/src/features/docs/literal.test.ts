import { expect, test } from 'vitest'
import { JAVASCRIPT, JSON_TEXT, PYTHON, literal } from './literal.ts'

const long = { a: 'x'.repeat(40), 'b-c': ['y'.repeat(20), null, true], d: {} }

test.each([
  {
    language: JAVASCRIPT,
    value: { a: "it's", 'b-c': [1, false] },
    text: String.raw`{ a: 'it\'s', 'b-c': [1, false] }`,
  },
  { language: PYTHON, value: { a: "it's", b: [null, true] }, text: `{"a": "it's", "b": [None, True]}` },
  { language: JSON_TEXT, value: { a: 'say "so"\n' }, text: String.raw`{"a": "say \"so\"\n"}` },
  { language: JAVASCRIPT, value: 'say "so"\n\\', text: String.raw`'say "so"\n\\'` },
])('$text', ({ language, value, text }) => {
  expect(literal(value, language)).toBe(text)
})

test('what does not fit on a line is broken, and is still what it was', () => {
  expect(literal(long, PYTHON, { depth: 1 })).toBe(`{
        "a": "${'x'.repeat(40)}",
        "b-c": [
            "${'y'.repeat(20)}",
            None,
            True,
        ],
        "d": {},
    }`)
  expect(JSON.parse(literal(long, JSON_TEXT))).toEqual(long)
})
