import { randomBytes } from 'node:crypto'
import { makeSecret } from '@sluice/triggers'
import manifest from '../package.json' with { type: 'json' }
import { parseCommandLine } from './command-line.ts'
import type { ListenFlags } from './command-line.ts'
import { CannotListenError, UsageError } from './errors.ts'
import { HELP, LISTEN_HELP } from './help.ts'
import { listen } from './listen.ts'
import type { ListenSettings } from './listen.ts'
import { makeJsonReport, makeTextReport } from './report.ts'
import { checkSecret, findServer } from './settings.ts'

const write = (text: string): void => void process.stdout.write(text)
const stopping = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => stopping.abort())
// whoever read along has gone away
process.stdout.on('error', () => process.exit(0))

const code = await run(process.argv.slice(2))
// not before everything is written; requests under way are not waited for
process.stdout.write('', () => process.exit(code))

async function run(args: readonly string[]): Promise<number> {
  try {
    const command = parseCommandLine(args)
    if (command.kind === 'listen') await listenUntilStopped(command.flags)
    else write({ help: HELP, 'listen-help': LISTEN_HELP, version: `${manifest.version}\n` }[command.kind])
    return 0
  } catch (error) {
    if (!(error instanceof UsageError || error instanceof CannotListenError)) throw error
    process.stderr.write(`sluice: ${error.message}\n`)
    return error instanceof UsageError ? 2 : 1
  }
}

async function listenUntilStopped(flags: ListenFlags): Promise<void> {
  const settings = await settle(flags)
  const say = (line: string): void => write(`${line}\n`)
  const isColoured = process.stdout.isTTY && process.stdout.hasColors()
  const report = flags.isJson ? makeJsonReport(say) : makeTextReport(say, isColoured)
  const totals = { forwarded: 0, failed: 0 }
  const { signal } = stopping
  const stopped = new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }))
  await Promise.race([listen(settings, { report, totals, signal }), stopped])
  report.sum(totals)
}

async function settle(flags: ListenFlags): Promise<ListenSettings> {
  const { forwardTo, triggers, sinceMs } = flags
  const server = await findServer(flags, process.env, process.cwd())
  if (flags.secret !== null) await checkSecret(flags.secret)
  const secret = flags.secret ?? makeSecret((count) => randomBytes(count))
  return { server, forwardTo, triggers, secret, isSecretMade: flags.secret === null, sinceMs }
}
