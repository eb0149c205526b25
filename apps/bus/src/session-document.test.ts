import { readFileSync } from 'node:fs'
import { SESSION_TABLE } from '@sluice/wamp'
import { expect, test } from 'vitest'

test('SESSION.md shows the session state machine as it is', () => {
  const document = readFileSync(new URL('../../../packages/wamp/SESSION.md', import.meta.url), 'utf8')
  const lines = document.split('\n')
  const start = lines.findIndex((line) => line.startsWith('| input |'))
  const end = lines.indexOf('', start)
  const [head = [], , ...rows] = lines.slice(start, end).map((line) => line.split('|').slice(1, -1).map(trimmed))
  const states = head.slice(1)
  const shown = Object.fromEntries(
    states.map((state, i) => [state, Object.fromEntries(rows.map((row) => [row[0], row[i + 1]]))]),
  )
  expect(shown).toEqual(SESSION_TABLE)
})

function trimmed(cell: string): string {
  return cell.trim()
}
