import { execFile, spawnSync } from 'node:child_process'
import { promisify } from 'node:util'
import { describe, expect, test } from 'vitest'
import { openLab } from './lab.ts'

const PYTHON = '/usr/bin/python3'
const isInstalled = spawnSync(PYTHON, ['-c', 'import requests']).status === 0
const title = `Python requests${isInstalled ? '' : ' (skipped: Debian package python3-requests is not installed)'}`

describe.skipIf(!isInstalled)(title, { timeout: 60_000 }, () => {
  test('does what a program with xively-python does', async () => {
    await using lab = await openLab()
    const program = `${import.meta.dirname}/xively_python.py`
    const { stdout } = await promisify(execFile)(PYTHON, [program, lab.api.url, lab.key], { timeout: 50_000 })
    expect(stdout.trimEnd().split('\n')).toEqual([
      'feed created',
      'feed updated',
      'feeds listed',
      'datastream updated',
      'datapoint updated',
      'history read',
      'history deleted',
      'trigger created',
      'trigger fired',
      'trigger tells when',
      'key created',
      'keys listed',
      'feed deleted',
    ])
  })
})
