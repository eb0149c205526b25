import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const INDEX = fileURLToPath(new URL('./index.ts', import.meta.url))
const ZOD = import.meta.resolve('zod')

type Started = {
  ready: Promise<void>
  /** what it has written so far */
  said(): string
  kill(signal: NodeJS.Signals): void
  ended: Promise<{ code: number; out: string }>
}

/** A process of its own whose main is `body`; says `ready` when the signals may come. */
function start(body: string, env: Record<string, string> = {}): Started {
  const program = `
    import { z } from ${JSON.stringify(ZOD)}
    import { run } from ${JSON.stringify(INDEX)}
    const config = z.object({ NEEDED: z.string().default('x').refine((text) => text !== 'bad', 'must be good') })
    await run({ name: 'test', config, logLevel: () => 'info' }, async (config, { logger, stopped, hurry }) => {
      const ready = () => process.stdout.write('ready\\n')
      const timer = setInterval(() => {}, 1000)
      ${body}
      clearInterval(timer)
    })`
  const child = spawn(process.execPath, ['--input-type=module', '-e', program], { env: { ...process.env, ...env } })
  let out = ''
  const ready = Promise.withResolvers<void>()
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk) => {
      out += String(chunk)
      if (out.includes('ready\n')) ready.resolve()
    })
  }
  const ended = once(child, 'close').then(([code]) => ({ code: Number(code), out }))
  void ended.then(() => ready.resolve())
  return { ready: ready.promise, said: () => out, kill: (signal) => void child.kill(signal), ended }
}

test.each(['SIGINT', 'SIGTERM'] as const)('%s ends the scope, and the process with 0', async (signal) => {
  const child = start("ready(); await stopped; logger.info('scope closed')")
  await child.ready
  child.kill(signal)
  const { code, out } = await child.ended
  expect([code, out.includes('scope closed')]).toEqual([0, true])
})

test('a second signal makes it hurry', async () => {
  const child = start(`
    ready()
    await stopped
    process.stdout.write('draining ')
    await new Promise((resolve) => hurry.addEventListener('abort', resolve))
    process.stdout.write('hurried ')`)
  await child.ready
  child.kill('SIGTERM')
  await expect.poll(child.said).toContain('draining')
  child.kill('SIGINT')
  const { code, out } = await child.ended
  expect([code, out.includes('hurried')]).toEqual([0, true])
})

test.each([
  ['thrown later', "ready(); setTimeout(() => { throw new Error('bang') }, 1); await stopped"],
  ['an unhandled rejection', "ready(); Promise.reject(new Error('bang')); await stopped"],
  ['thrown by main', "ready(); clearInterval(timer); throw new Error('bang')"],
])('an error %s is logged, the scope closes, and the code is 1', async (_how, body) => {
  const { code, out } = await start(body).ended
  expect([code, out.includes('bang')]).toEqual([1, true])
})

test('wrong settings are told, with code 78, before anything starts', async () => {
  const { code, out } = await start('ready()', { NEEDED: 'bad' }).ended
  expect([code, out]).toEqual([78, 'These settings are wrong:\n  NEEDED: must be good\n'])
})
