import { execFile, spawnSync } from 'node:child_process'
import { promisify } from 'node:util'
import { deriveCraKey } from '@sluice/wamp'
import { describe, expect, test } from 'vitest'
import { parseRealmConfig } from '../src/index.ts'
import { openRealm } from './open-realm.ts'
import { openUniversalLab } from './universal-lab.ts'

const PYTHON = '/usr/bin/python3'
const has = (module: string): boolean => spawnSync(PYTHON, ['-c', `import ${module}`]).status === 0
const isInstalled = has('autobahn.twisted.wamp')
const formats = ['json', 'msgpack', ...(isInstalled && has('cbor2') ? ['cbor'] : [])]
const missing = isInstalled ? (formats.length < 3 ? 'CBOR: python3-cbor2' : null) : 'python3-autobahn'
const title = `Autobahn|Python${missing === null ? '' : ` (skipped for want of the Debian package: ${missing})`}`

const SALTING = { salt: 'salt of ann', iterations: 1000, keylen: 32 }

interface Line {
  readonly over: string
  readonly seen: unknown
}

/** What it sees over any transport and in any format. */
const SEEN = {
  echo: true,
  error: ['com.example.error.no', ['why'], { at: 3 }],
  prefix: true,
  progress: [[1, 2, 3], 'done'],
  interrupted: true,
  canceled: ['CancelledError'],
  timeout: ['wamp.error.timeout', true],
  'in time': 'in time',
  acknowledged: true,
  events: [
    ['exact', true, { k: 1 }, true],
    ['prefix', true, { k: 1 }, true],
    ['wildcard', true, { k: 1 }, true],
  ],
  alive: [[], {}],
  left: 'wamp.close.goodbye_and_out',
}
const failed = 'wamp.error.authentication_failed'
const OUTCOMES = {
  'ticket joe ticket of joe': ['joe', 'member', 'ticket'],
  'ticket joe wrong': failed,
  'wampcra joe secret of joe': ['joe', 'member', 'wampcra'],
  'wampcra ann secret of ann': ['ann', 'member', 'wampcra'],
  'wampcra ann wrong': failed,
  'wampcra eve secret of joe': failed,
}

describe.skipIf(!isInstalled)(title, { timeout: 90_000 }, () => {
  test('does all that it can over WebSocket and RawSocket, in every format', async () => {
    const { realms } = parseRealmConfig(
      JSON.stringify({
        realms: [
          {
            name: 'com.vault',
            roles: [{ name: 'member' }],
            auth: {
              ticket: { principals: { joe: { role: 'member', ticket: 'ticket of joe' } } },
              wampcra: {
                users: {
                  joe: { role: 'member', secret: 'secret of joe' },
                  ann: { role: 'member', secret: await deriveCraKey('secret of ann', SALTING), ...SALTING },
                },
              },
            },
          },
        ],
      }),
      { env: {}, readFile: () => '' },
    )
    await using lab = await openUniversalLab({ pingMs: 1000, realms: [openRealm('com.example'), ...realms] })
    const program = `${import.meta.dirname}/clients/everything.py`
    const urls = [lab.url, `rs://127.0.0.1:${lab.port}`]
    const { stdout } = await promisify(execFile)(PYTHON, [program, ...urls, 'com.example', 'com.vault'], {
      timeout: 80_000,
    })
    const lines = stdout
      .split('\n')
      .filter((line) => line.startsWith('{'))
      .map((line) => JSON.parse(line) as Line)
    const expected: Record<string, unknown> = {}
    for (const transport of ['ws', 'rs']) {
      for (const format of formats) expected[`${transport} ${format}`] = SEEN
      for (const [how, outcome] of Object.entries(OUTCOMES)) expected[`${transport} ${how}`] = outcome
    }
    expect(Object.fromEntries(lines.map(({ over, seen }) => [over, seen]))).toEqual(expected)
    await expect.poll(() => lab.bus.metrics().sessions).toBe(0)
  })
})
