import { execFile, spawnSync } from 'node:child_process'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { lastSegment, openLab } from './lab.ts'
import type { Lab } from './lab.ts'
import { parseAnswer } from './wire.ts'
import type { WireAnswer } from './wire.ts'

const isInstalled = spawnSync('curl', ['--version']).status === 0
const title = `curl${isInstalled ? '' : ' (skipped: curl is not installed)'}`

let lab: Lab
beforeAll(async () => {
  lab = await openLab()
})
afterAll(() => lab[Symbol.asyncDispose]())

const run = promisify(execFile)
/** Without its settings file and without a proxy; its output is the answer, head and body. */
const QUIET = ['-q', '-sS', '-i', '--noproxy', '*', '--max-time', '20']

async function curl(path: string, ...args: string[]): Promise<WireAnswer> {
  const { stdout } = await run('curl', [...QUIET, ...args, `${lab.api.url}${path}`], { encoding: 'buffer' })
  return parseAnswer(stdout)
}
const key = (): string[] => ['-H', `X-ApiKey: ${lab.key}`]
const done = { status: 200, body: '' }

describe.skipIf(!isInstalled)(title, { timeout: 60_000 }, () => {
  test('every method, as the documentation has it', async () => {
    const made = await curl('/v2/feeds', ...key(), '--data', '{"title":"curl"}')
    expect(made).toMatchObject({ status: 201, body: '' })
    const feed = `/v2/feeds/${lastSegment(made.header('location'))}`
    expect(await curl(`${feed}.csv`, ...key(), '-X', 'PUT', '--data-binary', 'a,1\nb,2')).toMatchObject(done)
    expect((await curl(`${feed}.csv`, ...key())).body).toMatch(/^a,[^,]+,1\nb,[^,]+,2$/)
    expect((await curl(`${feed}.xml`, ...key())).body).toMatch(/^<\?xml/)
    expect(JSON.parse((await curl(`${feed}.json`, ...key())).body)).toMatchObject({ title: 'curl' })
    expect((await curl(feed, ...key(), '-I')).body).toBe('')
    expect(await curl(feed, '-X', 'OPTIONS', '-H', 'Origin: http://example.org')).toMatchObject(done)
    expect(await curl(`${feed}/datastreams/b`, ...key(), '-X', 'DELETE')).toMatchObject(done)
    expect(await curl(feed, ...key(), '--request', 'DELETE')).toMatchObject(done)
    expect((await curl(feed, ...key())).status).toBe(404)
  })

  test.each([
    ['in X-ApiKey', (secret: string) => ['-H', `X-ApiKey: ${secret}`]],
    ['as user of Basic', (secret: string) => ['-u', `${secret}:`]],
    ['as Bearer', (secret: string) => ['--oauth2-bearer', secret]],
    ['in the query', (secret: string) => ['-G', '--data-urlencode', `key=${secret}`]],
  ])('a key %s', async (_where, args) => {
    expect(await curl('/v2/feeds', ...args(lab.key))).toMatchObject({ status: 200 })
    expect(await curl('/v2/feeds', ...args('slc_none'))).toMatchObject({ status: 401 })
  })

  test.each([
    ['what comes from a pipe, in chunks', ['-T', '-'], 'a,5'],
    ['a body that is announced', ['-X', 'PUT', '-H', 'Expect: 100-continue', '--data-binary', 'a,5'], ''],
    ['HTTP/1.0', ['-0', '-X', 'PUT', '--data-binary', 'a,5'], ''],
    ['an offer to speak HTTP/2', ['--http2', '-X', 'PUT', '--data-binary', 'a,5'], ''],
  ])('%s', async (_what, args, input) => {
    const feed = await lab.makeFeed()
    const asked = run('curl', [...QUIET, ...key(), ...args, `${lab.api.url}/v2/feeds/${feed}.csv`])
    asked.child.stdin?.end(input)
    expect((await asked).stdout).toMatch(/HTTP\/1\.1 200 OK\r\n/)
    expect(await lab.value(feed, 'a')).toBe('5')
  })
})
