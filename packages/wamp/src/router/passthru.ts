import type { Dict } from '../payload.ts'

/**
 * What says how to read a payload, and so goes with it to whoever gets the payload: the keys of payload passthru
 * (Advanced Profile, "Payload Passthru Mode"), and those that Autobahn has had for the same before.
 */
const KEYS = [
  'ppt_scheme',
  'ppt_serializer',
  'ppt_cipher',
  'ppt_keyid',
  'enc_algo',
  'enc_key',
  'enc_serializer',
  'transaction_hash',
  '_traceparent',
] as const

/** @returns a new dict with the keys that go with the payload, or null if there are none */
export function passedOn(options: Dict): Dict | null {
  let passed: Dict | null = null
  for (const key of KEYS) {
    const value = options[key]
    if (value === undefined) continue
    passed ??= {}
    passed[key] = value
  }
  return passed
}

/** Whether a payload is passed through in the way that both ends have to announce. */
export function usesPassthru(options: Dict): boolean {
  return options['ppt_scheme'] !== undefined
}
