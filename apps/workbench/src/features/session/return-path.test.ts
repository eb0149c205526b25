import { expect, test } from 'vitest'
import { returnPath } from './return-path.ts'

test.each([
  { from: undefined, to: '/devices' },
  { from: '', to: '/devices' },
  { from: '/devices/4?tab=log&request=9', to: '/devices/4?tab=log&request=9' },
  { from: '//evil.example', to: '/devices' },
  { from: '/\\evil.example', to: '/devices' },
  { from: 'https://evil.example', to: '/devices' },
  { from: '/sign-in?from=/sign-in', to: '/devices' },
])('$from leads to $to', ({ from, to }) => {
  expect(returnPath(from)).toBe(to)
})
