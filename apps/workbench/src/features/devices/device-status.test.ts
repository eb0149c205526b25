import { expect, test } from 'vitest'
import { deviceStatus } from './device-status.ts'

const NOW = Date.UTC(2026, 10, 22, 12)
const ago = (minutes: number): string => new Date(NOW - minutes * 60_000).toISOString()

test.each([
  { name: 'data now', activated_at: ago(99), last_data_at: ago(0), status: 'live' },
  { name: 'data 15 minutes ago', activated_at: ago(99), last_data_at: ago(15), status: 'live' },
  { name: 'data 16 minutes ago', activated_at: ago(99), last_data_at: ago(16), status: 'silent' },
  { name: 'no data yet', activated_at: ago(99), last_data_at: null, status: 'never' },
  { name: 'deactivated with fresh data', activated_at: null, last_data_at: ago(0), status: 'inactive' },
])('$name: $status', ({ activated_at, last_data_at, status }) => {
  expect(deviceStatus({ activated_at, last_data_at }, NOW)).toBe(status)
})
