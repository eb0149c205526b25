import { expect, test } from 'vitest'
import { makeAgenda } from './agenda.ts'

test('named endpoints are looked at when they were named, all every 250 ms', () => {
  const agenda = makeAgenda(250)
  agenda.add([7])
  expect(agenda.take(1000)).toBeUndefined()
  agenda.scanned({ startedAt: 1000, endedAt: 1002 })
  expect(agenda.waitMs(1002)).toBe(250)
  expect(agenda.take(1010)).toEqual([])
  agenda.add([3, 4])
  agenda.add([3])
  expect(agenda.take(1100)).toEqual([3, 4])
  expect(agenda.take(1251)).toEqual([])
  expect(agenda.waitMs(1251)).toBe(1)
  expect(agenda.take(1252)).toBeUndefined()
})

test('who knows no more than that something is due has all looked at, also while that is being done', () => {
  const agenda = makeAgenda(250)
  agenda.add()
  expect(agenda.take(1000)).toBeUndefined()
  agenda.add()
  agenda.scanned({ startedAt: 1000, endedAt: 1002 })
  expect(agenda.take(1003)).toBeUndefined()
  agenda.scanned({ startedAt: 1003, endedAt: 1005 })
  expect(agenda.take(1006)).toEqual([])
})

test('what failed is done again', () => {
  const agenda = makeAgenda(250)
  agenda.scanned({ startedAt: 1000, endedAt: 1002 })
  agenda.scanned(null)
  expect(agenda.take(1003)).toBeUndefined()
})

test('scans that take long are made less often', () => {
  const agenda = makeAgenda(250)
  agenda.scanned({ startedAt: 1000, endedAt: 1100 })
  expect(agenda.waitMs(1100)).toBe(400)
})
