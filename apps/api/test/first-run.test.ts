import { chmod, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { countAccounts } from '@sluice/store'
import { openTestDatabase } from '@sluice/store/testing'
import { afterEach, expect, test } from 'vitest'
import { serve } from './serve.ts'

const dirs: string[] = []
const makeDir = async (): Promise<string> => {
  const dir = await mkdtemp(join(tmpdir(), 'sluice-first-'))
  dirs.push(dir)
  return dir
}
afterEach(async () => {
  for (const dir of dirs.splice(0)) await rm(dir, { recursive: true })
})

test('an empty database gets one account, with a random password and a master key', async () => {
  const dataDir = await makeDir()
  await using served = await serve({ dataDir })
  const path = join(dataDir, 'first-run.json')
  const file: unknown = JSON.parse(await readFile(path, 'utf8'))
  const { url } = served.api
  expect(file).toEqual({
    url,
    account: 'home',
    email: 'home@sluice.local',
    password: expect.stringMatching(/^[\w-]{20}$/),
    apiKey: expect.stringMatching(/^slc_\w{44}$/),
    wampUrl: `${url.replace('http', 'ws')}/ws`,
    realm: 'home',
    mqttUrl: null,
    socketUrl: null,
  })
  for (const name of ['first-run.json', 'server.secret']) {
    expect([name, ((await stat(join(dataDir, name))).mode & 0o777).toString(8)]).toEqual([name, '600'])
  }
  expect(served.api.signInLink).toMatch(new RegExp(`^${url}/sign-in\\?token=[\\w-]{43}$`))
  const keys = await fetch(`${url}/v2/keys`, { headers: { 'X-ApiKey': served.first.apiKey } })
  expect(await keys.json()).toMatchObject({ keys: [{ label: 'first key', private_access: true }] })
  // the database has neither the key nor the password
  const { rows } = await served.db.pool.query<{ all: string }>(
    "select concat((select string_agg(k::text, ' ') from api_key k), (select string_agg(c::text, ' ') from auth_credential c)) as all",
  )
  expect(rows[0]?.all).not.toContain(served.first.apiKey)
  expect(rows[0]?.all).not.toContain(served.first.password)
  expect(served.log.join('')).not.toContain(served.first.apiKey)
})

test('later starts change nothing', async () => {
  const dataDir = await makeDir()
  await using database = await openTestDatabase()
  const path = join(dataDir, 'first-run.json')
  const first = await serve({ dataDir, database })
  const before = await readFile(path, 'utf8')
  await first[Symbol.asyncDispose]()
  await using again = await serve({ dataDir, database })
  expect(await readFile(path, 'utf8')).toBe(before)
  expect(again.api.signInLink).toBeNull()
  const answer = await fetch(`${again.api.url}/v2/feeds`, { headers: { 'X-ApiKey': first.first.apiKey } })
  expect(answer.status).toBe(200)
})

test('two nodes that start at once make one account', async () => {
  const dataDir = await makeDir()
  await using database = await openTestDatabase()
  const nodes = await Promise.all([serve({ dataDir, database }), serve({ dataDir, database })])
  expect(nodes.filter(({ api }) => api.signInLink !== null)).toHaveLength(1)
  expect(await countAccounts(database.db.pool)).toBe(1)
  for (const { api, first } of nodes) {
    const answer = await fetch(`${api.url}/v2/feeds`, { headers: { 'X-ApiKey': first.apiKey } })
    expect(answer.status).toBe(200)
  }
  for (const node of nodes) await node[Symbol.asyncDispose]()
})

test('a first start that was killed between file and commit goes on with what the file says', async () => {
  const dataDir = await makeDir()
  const first = await serve({ dataDir })
  await first[Symbol.asyncDispose]()
  // the same directory, but nothing was committed
  await using again = await serve({ dataDir })
  expect(again.first).toEqual(first.first)
  const answer = await fetch(`${again.api.url}/v2/feeds`, { headers: { 'X-ApiKey': first.first.apiKey } })
  expect(answer.status).toBe(200)
})

test.each([
  { how: 'is damaged', name: 'first-run.json', text: '{"url":1}', mode: 0o600, sentence: 'first-run.json is damaged' },
  {
    how: 'can be read by others',
    name: 'server.secret',
    text: `${'ab'.repeat(32)}\n`,
    mode: 0o644,
    sentence: 'can be read by other users; run: chmod 600',
  },
  {
    how: 'is no secret',
    name: 'server.secret',
    text: 'abc\n',
    mode: 0o600,
    sentence: 'does not hold a secret of 32 bytes',
  },
])('$name that $how stops the start with one sentence', async ({ name, text, mode, sentence }) => {
  const dataDir = await makeDir()
  await writeFile(join(dataDir, name), text)
  await chmod(join(dataDir, name), mode)
  await expect(serve({ dataDir })).rejects.toThrow(sentence)
})

test.each([
  [{ HOST: '0.0.0.0' }, true],
  [{ HOST: '0.0.0.0', SLUICE_PUBLIC_URL: 'http://sluice.example' }, true],
  [{ HOST: '0.0.0.0', SLUICE_PUBLIC_URL: 'https://sluice.example' }, false],
  [{ HOST: '0.0.0.0', SLUICE_ALLOW_PLAIN_HTTP: 'yes' }, false],
  [{ HOST: '127.0.0.1' }, false],
])('%j refuses to start: %s', async (env, refuses) => {
  const started = serve({ env })
  if (refuses) await expect(started).rejects.toThrow('is reachable from other machines')
  else await expect(started.then((served) => served[Symbol.asyncDispose]())).resolves.toBeUndefined()
})
