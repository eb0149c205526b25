import { expect, test } from 'vitest'
import { cookieIn, makeCookieJar, setCookie } from './cookie-jar.ts'

const joe = { authid: 'joe', authrole: 'user', authmethod: 'ticket', authprovider: 'test' }
const cookie = 'A'.repeat(43)

test('a browser is remembered in its realm until its time is over', () => {
  let now = 0
  const jar = makeCookieJar(() => now)
  jar.remember('factory', cookie, joe, 60)
  expect(jar.recall('factory', cookie)).toEqual(joe)
  expect(jar.recall('office', cookie)).toBeNull()
  expect(jar.recall('factory', 'B'.repeat(43))).toBeNull()
  now = 60_000
  expect(jar.recall('factory', cookie)).toBeNull()
})

test('cookies are of 256 random bits', () => {
  const jar = makeCookieJar()
  const cookies = new Set(Array.from({ length: 100 }, () => jar.issue()))
  expect(cookies.size).toBe(100)
  for (const one of cookies) expect(one).toMatch(/^[\w-]{43}$/)
})

test.each([
  [undefined, null],
  ['', null],
  [`sluice_bus=${cookie}`, cookie],
  [`a=b; sluice_bus=${cookie}; c=d`, cookie],
  [`a=b;sluice_bus=${cookie}`, cookie],
  [`my_sluice_bus=${cookie}`, null],
  [`sluice_bus=${cookie}x`, null],
  ['sluice_bus=short', null],
])('of the header %j ours is %j', (header, ours) => {
  expect(cookieIn(header)).toBe(ours)
})

test('only connections with TLS get one that needs it', () => {
  expect(setCookie('x', { maxAgeS: 60, isSecure: false })).toBe(
    'sluice_bus=x; Max-Age=60; Path=/; HttpOnly; SameSite=Lax',
  )
  expect(setCookie('x', { maxAgeS: 60, isSecure: true })).toMatch(/; Secure$/)
})
