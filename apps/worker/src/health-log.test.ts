import { makeLogger } from '@sluice/service'
import { expect, test } from 'vitest'
import { makeHealthLog } from './health-log.ts'

test('an endpoint is warned about once after a day of failures and once when it is disabled, then again after it worked', () => {
  const lines: string[] = []
  const destination = { write: (line: string): void => void lines.push(line) }
  const log = makeHealthLog(makeLogger({ level: 'warn', name: 'test', destination }))
  const seen = (failingSeconds: number | null, isDisabled = false): void => {
    const health = { failures: failingSeconds === null ? 0 : 9, failingSeconds, isDisabled }
    log(7, { id: 'a', fence: 1, outcome: 'failed', status: 'pending', nextAt: null, health })
  }
  const said = (): unknown[] => lines.splice(0).map((line) => (JSON.parse(line) as { msg: string }).msg)
  seen(86_399)
  expect(said()).toEqual([])
  seen(86_400)
  seen(90_000)
  expect(said()).toEqual(['an endpoint has been failing for a day'])
  seen(432_000, true)
  seen(432_001, true)
  expect(said()).toEqual(['an endpoint was disabled'])
  seen(null)
  seen(86_400)
  expect(said()).toEqual(['an endpoint has been failing for a day'])
})
