import { parseEgressAllow } from '@sluice/service'
import { expect, test } from 'vitest'
import { mayGoUnchecked } from './request.ts'

test.each([
  ['10.0.0.0/8', ['10.0.0.1'], true],
  ['10.0.0.0/8, fd00::/8', ['10.0.0.1', 'fd00::1'], true],
  ['10.0.0.0/8', ['10.0.0.1', '8.8.8.8'], false],
  ['10.0.0.0/8', ['8.8.8.8'], false],
  ['', ['8.8.8.8'], false],
])('with "%s" opened, certificates of %j may go unchecked: %s', (ranges, addresses, expected) => {
  expect(mayGoUnchecked(addresses, { ...parseEgressAllow(ranges), allowsHttp: true })).toBe(expected)
})
