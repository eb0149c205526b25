import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'

const taken = createServer()
let dataDir = ''

beforeAll(async () => {
  taken.listen(0, '127.0.0.1')
  await once(taken, 'listening')
  dataDir = await mkdtemp(join(tmpdir(), 'sluice-refusal-'))
})
afterAll(async () => {
  taken.close()
  await rm(dataDir, { recursive: true, force: true })
})

test.each([
  {
    name: 'a port that is taken',
    env: () => ({ PORT: String((taken.address() as AddressInfo).port) }),
    code: 1,
    says: /^Port \d+ of 127\.0\.0\.1 is taken by another program: stop it, or set PORT\n$/,
  },
  {
    name: 'a database that is not there',
    env: () => ({ DATABASE_URL: 'postgres://ann:hush@127.0.0.1:1/things' }),
    code: 1,
    says: /^Postgres at 127\.0\.0\.1:1\/things cannot be used \(.*ECONNREFUSED.*\): check DATABASE_URL\n$/,
  },
  {
    name: 'a public address without TLS',
    env: () => ({ HOST: '0.0.0.0' }),
    code: 1,
    says: /^HOST=0\.0\.0\.0 is reachable .* SLUICE_ALLOW_PLAIN_HTTP=yes to go without\n$/,
  },
  {
    name: 'no file of realms where one is named',
    env: () => ({ SLUICE_WAMP_CONFIG: '/nowhere/wamp.json' }),
    code: 1,
    says: /^\/nowhere\/wamp\.json cannot be read\n$/,
  },
  {
    name: 'wrong realms',
    env: () => ({ SLUICE_WAMP_CONFIG: new URL('../package.json', import.meta.url).pathname }),
    code: 1,
    says: /^The configuration of the bus is wrong:\n {2}Unrecognized keys: /,
  },
  {
    name: 'several wrong settings',
    env: () => ({ PORT: 'abc', DATABASE_URL: 'mysql://x' }),
    code: 78,
    says: /PORT: must be a whole number.*\n.*DATABASE_URL: must begin with postgres:\/\//,
  },
])('$name: one clear sentence, and the process ends', async ({ env, code, says }) => {
  const child = spawn(process.execPath, [new URL('../src/main.ts', import.meta.url).pathname], {
    env: {
      ...process.env,
      DATABASE_URL: '',
      HOST: '127.0.0.1',
      PORT: '0',
      MQTT_PORT: 'off',
      SOCKET_PORT: 'off',
      SLUICE_DATA: dataDir,
      ...env(),
    },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let said = ''
  child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()))
  const [ended] = (await once(child, 'close')) as [number | null]
  expect(said).toMatch(says)
  expect(said).not.toContain('hush')
  expect(ended).toBe(code)
})
