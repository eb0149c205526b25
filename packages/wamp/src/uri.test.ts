import { expect, test } from 'vitest'
import { isReserved, isUri, matches } from './uri.ts'

test.each([
  { uri: 'a.b.c', loose: true, strict: true },
  { uri: 'test-topic', loose: true, strict: false },
  { uri: 'com.Example.ü', loose: true, strict: false },
  { uri: 'a_1', loose: true, strict: true },
  { uri: '', loose: false, strict: false },
  { uri: 'a..b', loose: false, strict: false },
  { uri: 'a.', loose: false, strict: false },
  { uri: '.a', loose: false, strict: false },
  { uri: 'a b', loose: false, strict: false },
  { uri: 'a\n', loose: false, strict: false },
  { uri: 'a#b', loose: false, strict: false },
  { uri: 'x'.repeat(1024), loose: true, strict: true },
  { uri: 'x'.repeat(1025), loose: false, strict: false },
])('"$uri" loose $loose, strict $strict', ({ uri, loose, strict }) => {
  expect([isUri(uri, 'loose'), isUri(uri, 'strict')]).toEqual([loose, strict])
})

test.each([
  { pattern: '', prefix: true, wildcard: true },
  { pattern: 'a.', prefix: true, wildcard: true },
  { pattern: 'a..', prefix: false, wildcard: true },
  { pattern: 'a..b', prefix: false, wildcard: true },
  { pattern: '.a', prefix: false, wildcard: true },
  { pattern: 'a b', prefix: false, wildcard: false },
])('as a pattern "$pattern" is legal for prefix $prefix, wildcard $wildcard', ({ pattern, prefix, wildcard }) => {
  expect([isUri(pattern, 'loose', 'prefix'), isUri(pattern, 'loose', 'wildcard')]).toEqual([prefix, wildcard])
})

test.each([
  { policy: 'exact', pattern: 'a.b', topic: 'a.b', hit: true },
  { policy: 'exact', pattern: 'a.b', topic: 'a.bc', hit: false },
  { policy: 'prefix', pattern: 'sluice.feed.19', topic: 'sluice.feed.1977', hit: true },
  { policy: 'prefix', pattern: '', topic: 'a', hit: true },
  { policy: 'prefix', pattern: 'b', topic: 'a.b', hit: false },
  { policy: 'wildcard', pattern: 'sluice..1977', topic: 'sluice.feed.1977', hit: true },
  { policy: 'wildcard', pattern: 'sluice.feed.', topic: 'sluice.feed.1977.ds', hit: false },
  { policy: 'wildcard', pattern: 'sluice.feed.', topic: 'sluice.feed', hit: false },
] as const)('$policy "$pattern" against "$topic": $hit', ({ policy, pattern, topic, hit }) => {
  expect(matches(policy, pattern, topic)).toBe(hit)
})

test.each([
  ['wamp', true],
  ['wamp.session.on_join', true],
  ['wampum.x', false],
  ['app.wamp', false],
])('%s is reserved: %s', (uri, reserved) => {
  expect(isReserved(uri)).toBe(reserved)
})
