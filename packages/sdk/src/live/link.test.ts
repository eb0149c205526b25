import { expect, test } from 'vitest'
import { busUrl } from './link.ts'

test.each([
  {
    wamp: 'ws://127.0.0.1:8080/ws',
    api: 'http://127.0.0.1:8080',
    base: 'http://localhost:8080',
    url: 'ws://localhost:8080/ws',
  },
  { wamp: 'ws://10.0.0.5/ws', api: 'http://10.0.0.5', base: 'https://sluice.example', url: 'wss://sluice.example/ws' },
  {
    wamp: 'wss://bus.example/ws',
    api: 'https://api.example',
    base: 'https://api.example',
    url: 'wss://bus.example/ws',
  },
])('a bus at $wamp beside $api is reached from $base at $url', ({ wamp, api, base, url }) => {
  expect(busUrl(wamp, api, base)).toBe(url)
})
