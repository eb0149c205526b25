import { createHmac, randomBytes } from 'node:crypto'

export type DeviceSecrets = { productId: string; productSecret: string; serial: string; activationCode: string }

/** 32 letters and digits, without those that are read wrong from a label. A byte picks each equally often. */
const SERIAL_ALPHABET = 'ABCDEFGHJKLMNPQRSTUVWXYZ23456789'
const SERIAL_CHARS = 12

/** Product id (20 url-safe characters), product secret (20 bytes as hex), serial, activation code: all from crypto. */
export function makeDeviceSecrets(): DeviceSecrets {
  const productSecret = randomBytes(20).toString('hex')
  const serial = Array.from(randomBytes(SERIAL_CHARS), (byte) => SERIAL_ALPHABET.charAt(byte % 32)).join('')
  return {
    productId: randomBytes(15).toString('base64url'),
    productSecret,
    serial,
    activationCode: activationCode(productSecret, serial),
  }
}

/**
 * HMAC-SHA1 of the serial under the product secret, decoded from hex to 20 bytes first (API v2).
 * @returns 40 lower-case hex characters
 */
export function activationCode(productSecret: string, serial: string): string {
  return createHmac('sha1', Buffer.from(productSecret, 'hex')).update(serial, 'ascii').digest('hex')
}
