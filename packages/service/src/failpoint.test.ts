import { spawnSync } from 'node:child_process'
import { expect, test } from 'vitest'

const PROGRAM = `
  import { failpoint } from ${JSON.stringify(new URL('failpoint.ts', import.meta.url).href)}
  for (const name of ['a.first', 'a.second', 'a.first']) { process.stdout.write(name + ' '); failpoint(name) }`

test.each([
  { setting: '', printed: 'a.first a.second a.first ', signal: null },
  { setting: 'a.third', printed: 'a.first a.second a.first ', signal: null },
  { setting: 'a.first', printed: 'a.first ', signal: 'SIGKILL' },
  { setting: 'a.second:1', printed: 'a.first a.second ', signal: 'SIGKILL' },
  { setting: 'a.first:2', printed: 'a.first a.second a.first ', signal: 'SIGKILL' },
  { setting: 'a.first:3', printed: 'a.first a.second a.first ', signal: null },
])('a process started with SLUICE_FAILPOINT=$setting ends with $signal', ({ setting, printed, signal }) => {
  const ended = spawnSync(process.execPath, ['--input-type=module', '--eval', PROGRAM], {
    env: { ...process.env, SLUICE_FAILPOINT: setting },
  })
  expect(ended.stdout.toString()).toBe(printed)
  expect(ended.signal).toBe(signal)
})
