import { LIMITS, PRODUCT_STATES, SERIAL, type NewProduct, type ProductPatch } from '@sluice/model'
import { asHash, isHash, listOf, parseHash, type Input } from './body.ts'
import { parseDeviceBody, type DevicePatch } from './devices.ts'
import { readFeedDefaults } from './feed-defaults.ts'
import { refuseAny, type Problems } from './problems.ts'
import { isMissing, readText, readWord } from './scalars.ts'

type ProductInput = Input<'name' | 'description' | 'state' | 'feed_defaults' | 'device_template'>

/**
 * Body of POST /v2/products: `{"product":{"name","description"?,"state"?,"feed_defaults"?}}`; the wrapper may be missing.
 * What the service owns (`product_id`, `secret`, counts, `user`) is ignored.
 * @throws {SluiceError} `invalid` or `unprocessable`
 */
export function parseNewProductBody(text: string): NewProduct {
  const problems: Problems = []
  const patch = readProduct(productOf(text), problems)
  if (patch.name === undefined && problems.length === 0) problems.push("name can't be blank")
  refuseAny(problems)
  const { name = '', description = null, state = 'develop', feedDefaults = { isPrivate: true } } = patch
  return { name, description, state, feedDefaults }
}

/** Body of PUT /v2/products/ID: any of the four; `null` means not supplied, an empty description clears it. */
export function parseProductBody(text: string): ProductPatch {
  const problems: Problems = []
  const patch = readProduct(productOf(text), problems)
  refuseAny(problems)
  return patch
}

function productOf(text: string): ProductInput {
  const body: Input<'product'> = parseHash(text)
  const product: ProductInput = isMissing(body.product) ? body : asHash(body.product)
  return product
}

function readProduct(input: ProductInput, problems: Problems): ProductPatch {
  const patch: ProductPatch = {}
  const name = readText(input.name, 'name', LIMITS.titleCharsMax, problems)
  if (name !== undefined && name.trim() === '') problems.push("name can't be blank")
  else if (name !== undefined) patch.name = name
  const description = readText(input.description, 'description', LIMITS.descriptionCharsMax, problems)
  if (description !== undefined) patch.description = description || null
  const state = readWord(input.state, PRODUCT_STATES, 'state', problems)
  if (state) patch.state = state
  // an older draft of the vendor's pages has the other name
  const feedDefaults = readFeedDefaults(input.feed_defaults ?? input.device_template, problems)
  if (feedDefaults) patch.feedDefaults = feedDefaults
  return patch
}

/**
 * Body of POST /v2/products/ID/devices: `{"devices":[{"serial":"abc"},…]}`.
 * @returns 1 to 1000 serials, each once
 * @throws {SluiceError} `invalid` or `unprocessable`
 */
export function parseSerialsBody(text: string): string[] {
  const body: Input<'devices'> = parseHash(text)
  const listed = listOf(body.devices, 'devices') ?? []
  const problems: Problems = []
  if (listed.length === 0) problems.push("devices can't be blank")
  if (listed.length > LIMITS.devicesPerRequestMax) {
    problems.push(`devices can't be more than ${LIMITS.devicesPerRequestMax}`)
  }
  refuseAny(problems)
  const serials: string[] = []
  const seen = new Set<string>()
  const twice = new Set<string>()
  for (const entry of listed) {
    const serial = readSerial(isHash(entry) ? entry : asHash(entry), problems)
    if (serial === undefined) continue
    if (seen.has(serial)) twice.add(serial)
    else serials.push(serial)
    seen.add(serial)
  }
  if (twice.size > 0) problems.push(`devices can't have duplicate serials: ${[...twice].join(' ')}`)
  refuseAny(problems)
  return serials
}

function readSerial(input: Input<'serial'>, problems: Problems): string | undefined {
  const { serial } = input
  const text = typeof serial === 'number' ? String(serial) : serial
  if (isMissing(text)) problems.push("serial can't be blank")
  else if (typeof text !== 'string' || !SERIAL.test(text)) problems.push(SERIAL_PROBLEM)
  else return text
  return undefined
}

const SERIAL_PROBLEM = 'serial is invalid (1 to 128 letters, digits and + - , _ :)'

export type ProductDevicePatch = DevicePatch & { serial?: string }

/**
 * Body of PUT /v2/products/ID/devices/SERIAL: `{"device":{…}}` or bare, with another serial, and what a device's feed has
 * of it: name, description, private.
 * @throws {SluiceError} `invalid` or `unprocessable`
 */
export function parseProductDeviceBody(text: string): ProductDevicePatch {
  const body: Input<'device' | 'serial'> = parseHash(text)
  const input: Input<'serial'> = isHash(body.device) ? body.device : body
  const problems: Problems = []
  const serial = isMissing(input.serial) ? undefined : readSerial(input, problems)
  refuseAny(problems)
  return { ...parseDeviceBody(text), ...(serial !== undefined && { serial }) }
}
