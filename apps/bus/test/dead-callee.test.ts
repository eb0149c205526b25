import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { afterAll, afterEach, expect, test } from 'vitest'
import { openRealm } from './open-realm.ts'
import { openAutobahn } from './peers/autobahn.ts'
import { openUniversalLab } from './universal-lab.ts'

const REALM = 'com.example'
const PING_MS = 1000
/** What the router promises to the callers of a callee that is gone. */
const PROMISED_MS = 5000
const lab = await openUniversalLab({ realms: [openRealm(REALM)], pingMs: PING_MS })
afterAll(async () => await lab[Symbol.asyncDispose]())

const running = new Set<ChildProcess>()
afterEach(() => {
  for (const child of running) child.kill('SIGKILL')
  running.clear()
})

/** Starts the callee in a process of its own. @returns what waits for a line that it says */
async function startCallee(transport: object): Promise<{ child: ChildProcess; said(word: string): Promise<void> }> {
  const child = spawn(
    process.execPath,
    [`${import.meta.dirname}/clients/callee.ts`, REALM, JSON.stringify(transport)],
    {
      stdio: ['ignore', 'pipe', 'ignore'],
    },
  )
  running.add(child)
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]()
  const said = async (word: string): Promise<void> => {
    for (;;) {
      const { value, done } = await lines.next()
      if (done === true) throw new Error(`the callee ended before it said ${word}`)
      if (value === word) return
    }
  }
  await said('registered')
  return { child, said }
}

const TRANSPORTS = [
  { name: 'WebSocket', transport: { type: 'websocket', url: lab.url } },
  { name: 'RawSocket', transport: { type: 'rawsocket', host: '127.0.0.1', port: lab.port } },
]
test.each(
  TRANSPORTS.flatMap(
    (row) =>
      [
        // its kernel closes the connection at once
        { ...row, fate: 'killed', signal: 'SIGKILL', withinMs: PING_MS },
        // its connection stays, but nothing answers pings: half open
        { ...row, fate: 'frozen', signal: 'SIGSTOP', withinMs: PROMISED_MS },
      ] as const,
  ),
)(
  'callers of a callee that is $fate get an ERROR: $name',
  { timeout: 60_000 },
  async ({ transport, signal, withinMs }) => {
    const { child, said } = await startCallee(transport)
    const caller = await openAutobahn({ url: lab.url, realm: REALM })
    const outcome = caller.session.call('dead.never').then(
      () => 'a result',
      (error: unknown) => (error as { error: string }).error,
    )
    await said('called')
    child.kill(signal)
    const began = performance.now()
    expect(await outcome).toBe('wamp.error.canceled')
    expect(performance.now() - began).toBeLessThan(withinMs)
    await expect(caller.session.call('dead.never')).rejects.toMatchObject({ error: 'wamp.error.no_such_procedure' })
    const exited = once(child, 'exit')
    child.kill('SIGKILL')
    if (child.exitCode === null && child.signalCode === null) await exited
    await caller.close()
  },
)
