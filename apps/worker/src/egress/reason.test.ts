import { expect, test } from 'vitest'
import { reasonOf } from './reason.ts'

test.each([
  ['ECONNREFUSED', 'connect ECONNREFUSED 10.1.2.3:80', 'The connection was refused (ECONNREFUSED)'],
  ['ENOTFOUND', 'queryA ENOTFOUND db.internal', 'There is no such host (ENOTFOUND)'],
  ['HPE_INVALID_CONSTANT', 'Parse Error', 'The answer is not HTTP (HPE_INVALID_CONSTANT)'],
  ['HPE_HEADER_OVERFLOW', 'Parse Error', 'The head of the answer is too long (HPE_HEADER_OVERFLOW)'],
  ['ERR_SSL_WRONG_VERSION_NUMBER', 'x', 'TLS could not be agreed upon (ERR_SSL_WRONG_VERSION_NUMBER)'],
  [
    'CERT_HAS_EXPIRED',
    'certificate has expired',
    'The certificate is not accepted: certificate has expired (CERT_HAS_EXPIRED)',
  ],
  [
    'ERR_TLS_CERT_ALTNAME_INVALID',
    "Host: a. is not in the cert's altnames: DNS:db.internal",
    'The certificate is not accepted: it is for another host (ERR_TLS_CERT_ALTNAME_INVALID)',
  ],
  ['EWHATEVER', 'at 10.1.2.3', 'The attempt failed (EWHATEVER)'],
])('%s', (code, message, expected) => {
  const error = Object.assign(new Error(message), { code })
  expect(reasonOf(error)).toBe(expected)
  // as Node says it after it tried several addresses
  expect(reasonOf(new AggregateError([error, new Error('other')]))).toBe(expected)
})

test('what is not an error is not shown', () => {
  expect(reasonOf('10.1.2.3')).toBe('The attempt failed')
  expect(reasonOf(new Error('10.1.2.3'))).toBe('The attempt failed')
})
