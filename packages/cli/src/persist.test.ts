import { ApiError } from '@sluice/sdk'
import { expect, test } from 'vitest'
import { persist } from './persist.ts'

const { signal } = new AbortController()

test('what passes is asked again until there is an answer, and told once', async () => {
  const answers = [new ApiError(0, 'No connection', []), new ApiError(503, 'Busy', []), new ApiError(429, 'Often', [])]
  const troubles: number[] = []
  const read = async (): Promise<string> => {
    const error = answers.shift()
    if (error) throw error
    return 'there'
  }
  expect(await persist(read, { signal, onTrouble: ({ status }) => troubles.push(status) })).toBe('there')
  expect(troubles).toEqual([503])
})

test.each([400, 401, 403, 404, 422])('%i is an answer', async (status) => {
  const error = new ApiError(status, 'No', [])
  await expect(persist(() => Promise.reject(error), { signal, onTrouble: () => {} })).rejects.toBe(error)
})

test('waiting ends with the signal', async () => {
  const stopping = new AbortController()
  const busy = new ApiError(503, 'Busy', [], { retryAfterS: 3600 })
  const reading = persist(() => Promise.reject(busy), { signal: stopping.signal, onTrouble: () => {} })
  stopping.abort()
  await expect(reading).rejects.toMatchObject({ name: 'AbortError' })
})
