import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { CloudConfig } from './config.ts'
import { settingsTable } from './settings-table.ts'

const page = readFileSync(new URL('../../../docs/operating.md', import.meta.url), 'utf8')

test('docs/operating.md has the settings as they are', () => {
  expect(page).toContain(settingsTable(CloudConfig))
})

test.each(Object.entries(CloudConfig.shape))('%s is described', (_name, field) => {
  expect(field.description ?? '').toMatch(/\w{3}/)
})
