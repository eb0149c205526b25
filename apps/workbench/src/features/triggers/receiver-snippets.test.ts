import { expect, test } from 'vitest'
import { listenCommand, receiverSnippets } from './receiver-snippets.ts'

const publicUrl = 'https://sluice.example.org'

test.each([
  { format: 'json', ids: ['node-library', 'python-library', 'node-crypto', 'listen'] },
  // the library would parse the form as JSON
  { format: 'form', ids: ['python', 'node-crypto', 'listen'] },
] as const)('receivers of $format bodies: $ids', ({ format, ids }) => {
  expect(receiverSnippets({ publicUrl, format }).map(({ id }) => id)).toEqual(ids)
})

test.each(['json', 'form'] as const)(
  'each program for %s bodies asks for the secret and refuses what is not genuine',
  (format) => {
    for (const { id, code } of receiverSnippets({ publicUrl, format }).filter(({ id }) => id !== 'listen')) {
      expect(code, id).toContain('SLUICE_SECRET')
      expect(code, id).toContain('401')
    }
  },
)

test('the command names this server, and a key only as a placeholder', () => {
  expect(listenCommand(publicUrl)).toBe(
    'SLUICE_URL=https://sluice.example.org SLUICE_KEY=YOUR_API_KEY \\\n  sluice listen --forward-to http://localhost:3000',
  )
})
