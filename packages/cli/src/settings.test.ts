import { randomBytes } from 'node:crypto'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { makeKey } from '@sluice/model'
import { makeSecret } from '@sluice/triggers'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { checkSecret, findServer } from './settings.ts'

const KEY = makeKey((count) => randomBytes(count))
const OTHER = makeKey((count) => randomBytes(count))
const FILE_KEY = makeKey((count) => randomBytes(count))
const FILE_URL = 'http://127.0.0.1:8099'

let root: string
/** a working directory for each content of .sluice/first-run.json */
const dirs: Record<string, string> = {}

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'sluice-settings-'))
  const contents = {
    good: JSON.stringify({ url: FILE_URL, apiKey: FILE_KEY, password: 'x' }),
    damaged: '{"url":',
    list: '[]',
    keyless: JSON.stringify({ url: FILE_URL, apiKey: 'x' }),
  }
  for (const [name, text] of Object.entries(contents)) {
    dirs[name] = join(root, name)
    await mkdir(join(root, name, '.sluice'), { recursive: true })
    await writeFile(join(root, name, '.sluice', 'first-run.json'), text)
  }
  dirs['none'] = root
})
afterAll(() => rm(root, { recursive: true, force: true }))

const find = (flags: Partial<{ url: string; key: string }>, env: Record<string, string>, dir: string) =>
  findServer({ url: null, key: null, ...flags }, env, dirs[dir] ?? '')

test.each([
  { flags: { key: KEY }, env: {}, dir: 'none', is: { key: KEY, keySource: '--key', url: 'http://127.0.0.1:8080' } },
  { flags: { key: KEY }, env: { SLUICE_KEY: OTHER }, dir: 'none', is: { key: KEY, keySource: '--key' } },
  { flags: {}, env: { SLUICE_KEY: ` ${KEY}\n` }, dir: 'none', is: { key: KEY, keySource: 'SLUICE_KEY' } },
  {
    flags: { url: 'https://a.example/' },
    env: { SLUICE_URL: 'https://b.example', SLUICE_KEY: KEY },
    dir: 'none',
    is: { url: 'https://a.example', notes: [] },
  },
  {
    flags: {},
    env: { SLUICE_URL: 'https://b.example/x/', SLUICE_KEY: KEY },
    dir: 'none',
    is: { url: 'https://b.example/x' },
  },
  // a key that was given does not go to the server of a file that happens to lie there
  { flags: { key: KEY }, env: {}, dir: 'good', is: { key: KEY, url: 'http://127.0.0.1:8080' } },
  {
    flags: {},
    env: { SLUICE_URL: '', SLUICE_KEY: '' },
    dir: 'good',
    is: { key: FILE_KEY, url: FILE_URL, notes: ['Server and key are those of .sluice/first-run.json'] },
  },
  { flags: { url: `${FILE_URL}/` }, env: {}, dir: 'good', is: { key: FILE_KEY, url: FILE_URL } },
])('$flags, $env, $dir', async ({ flags, env, dir, is }) => {
  expect(await find(flags, env, dir)).toMatchObject(is)
})

test.each([
  { url: 'http://127.9.9.9:1', notes: 0 },
  { url: 'http://localhost:1', notes: 0 },
  { url: 'http://[::1]:1', notes: 0 },
  { url: 'https://sluice.example', notes: 0 },
  { url: 'http://sluice.example', notes: 1 },
])('$url has $notes warnings', async ({ url, notes }) => {
  expect((await find({ url, key: KEY }, {}, 'none')).notes).toHaveLength(notes)
})

test.each([
  { flags: {}, env: {}, dir: 'none', words: /^There is no API key: set SLUICE_KEY$/ },
  { flags: { key: 'slc_short' }, env: {}, dir: 'good', words: /^--key is not an API key of Sluice$/ },
  { flags: {}, env: { SLUICE_KEY: 'slc_short' }, dir: 'good', words: /^SLUICE_KEY is not an API key of Sluice$/ },
  { flags: { url: 'https://a.example' }, env: {}, dir: 'good', words: /no API key for that server/ },
  { flags: {}, env: {}, dir: 'damaged', words: /is damaged/ },
  { flags: {}, env: {}, dir: 'list', words: /is damaged/ },
  { flags: {}, env: {}, dir: 'keyless', words: /is damaged/ },
  { flags: { url: 'ftp://a', key: KEY }, env: {}, dir: 'none', words: /http or https URL/ },
  { flags: { url: 'localhost', key: KEY }, env: {}, dir: 'none', words: /http or https URL/ },
  { flags: { url: 'http://a/?x=1', key: KEY }, env: {}, dir: 'none', words: /http or https URL/ },
])('$flags, $env, $dir: $words', async ({ flags, env, dir, words }) => {
  await expect(find(flags, env, dir)).rejects.toThrow(words)
  await expect(find(flags, env, dir)).rejects.not.toThrow(/slc_/)
})

test('a signing secret is whsec_ and base64', async () => {
  await expect(checkSecret(makeSecret((count) => randomBytes(count)))).resolves.toBeUndefined()
  for (const wrong of ['', 'whsec_', 'secret', 'whsec_*'])
    await expect(checkSecret(wrong)).rejects.toMatchObject({ name: 'UsageError' })
})
