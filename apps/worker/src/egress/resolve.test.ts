import { expect, test } from 'vitest'
import { addressesOf, isNoSuchHost, makeLocalLookup } from './resolve.ts'
import type { NameService } from './resolve.ts'

/** Answers with addresses, or fails with a code. */
function saying(four: string[] | string, six: string[] | string): NameService {
  const answer = (given: string[] | string) => async (): Promise<never> => {
    if (typeof given === 'string') throw Object.assign(new Error(given), { code: given })
    return given as never
  }
  return { resolve4: answer(four), resolve6: answer(six) }
}

test.each([
  [['192.0.2.1'], ['2001:db8::1'], ['192.0.2.1', '2001:db8::1']],
  [['192.0.2.1'], 'ENODATA', ['192.0.2.1']],
  ['ESERVFAIL', ['2001:db8::1'], ['2001:db8::1']],
])('%j and %j are %j', async (four, six, expected) => {
  expect(await addressesOf('a.test', saying(four, six))).toEqual(expected)
})

test.each([
  ['ENOTFOUND', 'ENOTFOUND', 'ENOTFOUND', true],
  ['ENODATA', 'ENODATA', 'ENODATA', true],
  // the name may have addresses: this is not the moment to look elsewhere
  ['ENODATA', 'ETIMEOUT', 'ETIMEOUT', false],
  ['ESERVFAIL', 'ENOTFOUND', 'ESERVFAIL', false],
])('%s and %s are %s', async (four, six, code, isMissing) => {
  const error = await addressesOf('a.test', saying(four, six)).catch((error: unknown) => error)
  expect(error).toMatchObject({ code })
  expect(isNoSuchHost(error)).toBe(isMissing)
})

test('the machine is asked for names one after the other, and not for those whose time is over', async () => {
  const lookUp = makeLocalLookup()
  const { signal } = new AbortController()
  const ended: string[] = []
  const all = ['localhost', 'localhost', 'localhost'].map(async (host, index) => {
    const addresses = await lookUp(host, signal)
    ended.push(`${index} ${addresses.includes('127.0.0.1')}`)
  })
  const late = lookUp('localhost', AbortSignal.abort(new Error('too late')))
  await expect(late).rejects.toThrow('too late')
  await Promise.all(all)
  expect(ended).toEqual(['0 true', '1 true', '2 true'])
})
