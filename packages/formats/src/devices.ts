import { LIMITS, SluiceError, type NewDevice } from '@sluice/model'
import { z } from 'zod'
import { asHash, isHash, parseHash, type Input } from './body.ts'
import { readBoolean } from './scalars.ts'

const Text = (charsMax: number) =>
  z
    .string('must be a string')
    .max(charsMax, `is too long (maximum is ${charsMax} characters)`)
    .refine((text) => !text.includes('\0') && text.isWellFormed(), 'contains a NUL character or half of a pair')

const Name = Text(LIMITS.titleCharsMax).refine((name) => name.trim() !== '', "can't be blank")
const Description = Text(LIMITS.descriptionCharsMax).transform((text) => text || null)
const Privacy = z.unknown().transform((input, context) => {
  const problems: string[] = []
  const isPrivate = readBoolean(input, 'private', problems)
  if (isPrivate !== undefined && problems.length === 0) return isPrivate
  context.addIssue({
    code: 'custom',
    message: isPrivate === undefined && problems.length === 0 ? "can't be blank" : 'must be true or false',
  })
  return z.NEVER
})

const AddedDevice = z.object({ name: Name, description: Description.nullish(), private: Privacy })
const ChangedDevice = z.object({
  name: Name.exactOptional(),
  description: Description.exactOptional(),
  private: Privacy.exactOptional(),
})

export type DevicePatch = Partial<NewDevice>

/**
 * Body of POST /v2/devices: `{"name","description"?,"private"}`, bare or as `{"device":{…}}`.
 * @throws {SluiceError} `invalid` or `unprocessable`
 */
export function parseNewDeviceBody(text: string): NewDevice {
  const device = parse(AddedDevice, hashOf(text))
  return { name: device.name, description: device.description ?? null, isPrivate: device.private }
}

/** Body of PUT /v2/devices/ID: any of the three; `null` means not supplied. */
export function parseDeviceBody(text: string): DevicePatch {
  const device = parse(ChangedDevice, hashOf(text))
  const patch: DevicePatch = {}
  if (device.name !== undefined) patch.name = device.name
  if (device.description !== undefined) patch.description = device.description
  if (device.private !== undefined) patch.isPrivate = device.private
  return patch
}

function hashOf(text: string): object {
  const body: Input<'device'> = parseHash(text)
  const device = isHash(body.device) ? asHash(body.device) : body
  return Object.fromEntries(Object.entries(device).filter(([, member]) => member !== null))
}

function parse<Out>(schema: z.ZodType<Out>, document: object): Out {
  const result = schema.safeParse(document)
  if (result.success) return result.data
  const missing = (issue: z.core.$ZodIssue) => !(String(issue.path[0]) in document)
  throw new SluiceError(
    'unprocessable',
    result.error.issues.map((issue) => `${issue.path.join('_')} ${missing(issue) ? "can't be blank" : issue.message}`),
  )
}
