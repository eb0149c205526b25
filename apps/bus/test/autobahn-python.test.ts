import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { afterEach, describe, expect, test } from 'vitest'
import { PATIENT, openLab, testKey } from './lab.ts'

/** What Twisted logs begins with the time; what the programs say does not. */
const LOG_LINE = /^\d{4}-\d\d-\d\dT/
const PYTHON = '/usr/bin/python3'
const isInstalled = spawnSync(PYTHON, ['-c', 'import autobahn.twisted.wamp']).status === 0
const title = `Autobahn|Python${isInstalled ? '' : ' (skipped: Debian package python3-autobahn is not installed)'}`

const running = new Set<ChildProcess>()
afterEach(() => {
  for (const child of running) child.kill('SIGKILL')
})

interface Program {
  readonly lines: string[]
  readonly exited: Promise<number>
}

function run(name: 'publisher' | 'subscriber', args: string[]): Program {
  const child = spawn(PYTHON, [`${import.meta.dirname}/clients/${name}.py`, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  running.add(child)
  const lines: string[] = []
  createInterface(child.stdout).on('line', (line) => {
    if (!LOG_LINE.test(line)) lines.push(line)
  })
  child.stderr.resume()
  const exited = once(child, 'close').then(([code]) => {
    running.delete(child)
    return Number(code)
  })
  return { lines, exited }
}

describe.skipIf(!isInstalled)(title, { timeout: 90_000 }, () => {
  test.each([
    {
      where: 'the sandbox realm',
      realm: 'realm1',
      role: 'anonymous',
      ticket: [],
      platform: ['refused wamp.error.not_authorized'],
    },
    { where: 'an account realm with a key as ticket', realm: 'acme', role: 'key', ticket: ['slc_full'], platform: [] },
  ])('publisher and subscriber exchange events on test-topic in $where', async ({ realm, role, ticket, platform }) => {
    await using lab = await openLab()
    lab.directory.keys.set('slc_full', testKey())
    const subscriber = run('subscriber', [lab.url, realm, ...ticket])
    await expect.poll(() => subscriber.lines, PATIENT).toEqual([...platform, `subscribed ${realm} ${role}`])
    const publisher = run('publisher', [lab.url, realm, ...ticket])
    expect(await subscriber.exited).toBe(0)
    expect(await publisher.exited).toBe(0)
    expect(subscriber.lines.slice(platform.length + 1)).toEqual([
      'event hello 1',
      'event hello 2',
      'event hello 3',
      'event hello 4',
      'event bye',
      'left wamp.close.goodbye_and_out',
    ])
    expect(publisher.lines).toEqual([`joined ${realm} ${role}`, 'published True', 'left wamp.close.goodbye_and_out'])
  })

  test('an anonymous session cannot join an account realm', async () => {
    await using lab = await openLab()
    lab.directory.keys.set('slc_full', testKey())
    const subscriber = run('subscriber', [lab.url, 'acme'])
    await subscriber.exited
    expect(subscriber.lines).toEqual(['left wamp.error.no_matching_auth_method'])
    const wrong = run('subscriber', [lab.url, 'acme', 'slc_wrong'])
    await wrong.exited
    expect(wrong.lines).toEqual(['left wamp.error.authentication_failed'])
  })
})
