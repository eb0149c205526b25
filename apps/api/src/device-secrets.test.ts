import { expect, test } from 'vitest'
import { activationCode, makeDeviceSecrets } from './device-secrets.ts'

// published by the vendor's client, a question-and-answer page, and notes on a device
test.each([
  ['377f93e5649c31635191c0e22258f5a5744698d3', '0001', '13bf6065634a624104cfa14a1f977bede2aa39d8'],
  ['be0f6928e3653cf175b7f8ebb2da50c6658b30b7', '123123123', '93d80b284a19d14e99d9abb7d637afc59d4b0f95'],
  ['de9c3ae94606e1ec7e0c02fbece218d1a0532ba4', 'MPZRCCYHPWNA', 'db06e208cf9018424770d0351ada5bde11dde040'],
])('product secret %s and serial %s give %s', (secret, serial, code) => {
  expect(activationCode(secret, serial)).toBe(code)
})

test('what is made fits its form and is made once', () => {
  const made = makeDeviceSecrets()
  expect(made.productId).toMatch(/^[A-Za-z0-9_-]{20}$/)
  expect(made.productSecret).toMatch(/^[0-9a-f]{40}$/)
  expect(made.serial).toMatch(/^[A-Z0-9]{12}$/)
  expect(made.activationCode).toBe(activationCode(made.productSecret, made.serial))
  expect(makeDeviceSecrets()).not.toEqual(made)
})
