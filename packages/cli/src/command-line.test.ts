import { expect, test } from 'vitest'
import { parseCommandLine } from './command-line.ts'
import { UsageError } from './errors.ts'

const listen = (...args: string[]) => parseCommandLine(['listen', ...args])
const DEFAULTS = { url: null, key: null, triggers: new Set(), secret: null, sinceMs: null, isJson: false }

test.each([
  { args: ['--help'], kind: 'help' },
  { args: ['-h'], kind: 'help' },
  { args: ['help'], kind: 'help' },
  { args: ['--version'], kind: 'version' },
  { args: ['listen', '--help'], kind: 'listen-help' },
  { args: ['listen', '-h', '--nonsense'], kind: 'listen-help' },
])('$args is $kind', ({ args, kind }) => {
  expect(parseCommandLine(args)).toEqual({ kind })
})

test.each([
  { text: 'http://localhost:3000/hook?a=b', href: 'http://localhost:3000/hook?a=b' },
  { text: 'https://dev.example', href: 'https://dev.example/' },
  { text: 'localhost:3000', href: 'http://localhost:3000/' },
  { text: '127.0.0.1:3000/hook', href: 'http://127.0.0.1:3000/hook' },
  { text: '[::1]:3000', href: 'http://[::1]:3000/' },
])('--forward-to $text is $href', ({ text, href }) => {
  expect(listen('--forward-to', text)).toEqual({ kind: 'listen', flags: { ...DEFAULTS, forwardTo: new URL(href) } })
  expect(listen(`--forward-to=${text}`)).toEqual(listen('--forward-to', text))
})

test.each([
  { args: ['--url', 'http://a'], flags: { url: 'http://a' } },
  { args: ['--key', 'slc_x'], flags: { key: 'slc_x' } },
  { args: ['--secret', 'whsec_x'], flags: { secret: 'whsec_x' } },
  { args: ['--json'], flags: { isJson: true } },
  { args: ['--trigger', '7', '--trigger=8', '--trigger', '7'], flags: { triggers: new Set([7, 8]) } },
  { args: ['--since', '30s'], flags: { sinceMs: 30_000 } },
  { args: ['--since', '10m'], flags: { sinceMs: 600_000 } },
  { args: ['--since', '2h'], flags: { sinceMs: 7_200_000 } },
  { args: ['--since', '30d'], flags: { sinceMs: 2_592_000_000 } },
])('$args', ({ args, flags }) => {
  const forwardTo = new URL('http://localhost/')
  expect(listen('--forward-to', 'localhost', ...args)).toEqual({
    kind: 'listen',
    flags: { ...DEFAULTS, forwardTo, ...flags },
  })
})

test.each([
  { args: [], words: /Say what to do/ },
  { args: ['slc_key'], words: /only command is listen/ },
  { args: ['listen'], words: /--forward-to http/ },
  { args: ['listen', '--forward-to'], words: /^--forward-to needs a value$/ },
  { args: ['listen', '--forward-to='], words: /^--forward-to needs a value$/ },
  { args: ['listen', '--forward-to', '--json'], words: /^--forward-to needs a value$/ },
  { args: ['listen', '--forward-to', 'ftp://slc_key'], words: /http or https URL/ },
  { args: ['listen', '--forward-to', 'http://'], words: /http or https URL/ },
  { args: ['listen', '--forward-to', 'http://me:slc_key@a'], words: /no user name or password/ },
  { args: ['listen', '--forward-to', 'a', 'slc_key'], words: /needs its flag/ },
  { args: ['listen', '--forward-to', 'a', '--', 'slc_key'], words: /needs its flag/ },
  { args: ['listen', '--forward-to', 'a', '--kye=slc_key'], words: /^There is no flag --kye;/ },
  { args: ['listen', '--forward-to', 'a', '--constructor'], words: /^There is no flag --constructor;/ },
  { args: ['listen', '--forward-to', 'a', '-x'], words: /^There is no flag -x;/ },
  { args: ['listen', '--forward-to', 'a', '--json=slc_key'], words: /^--json takes no value$/ },
  { args: ['listen', '--forward-to', 'a', '--trigger', '0'], words: /^--trigger needs the id/ },
  { args: ['listen', '--forward-to', 'a', '--trigger', '1e3'], words: /^--trigger needs the id/ },
  { args: ['listen', '--forward-to', 'a', '--since', '10'], words: /^--since needs a time/ },
  { args: ['listen', '--forward-to', 'a', '--since', '31d'], words: /^--since needs a time/ },
  { args: ['listen', '--forward-to', 'a', ...Array<string>(101).fill('--trigger=1')], words: /100 times at most/ },
])('$args is refused in one sentence that repeats no value', ({ args, words }) => {
  const refusal = refusalOf(() => parseCommandLine(args))
  expect(refusal).toMatch(words)
  expect(refusal).not.toContain('slc_key')
  expect(refusal).not.toContain('\n')
})

function refusalOf(work: () => unknown): string {
  try {
    work()
  } catch (error) {
    if (error instanceof UsageError) return error.message
    throw error
  }
  return ''
}
