import type { AccessMethod, KeyDocument, PermissionDocument } from '@sluice/model'
import { ACCESS_METHODS, LIMITS, isRefererConstraint, parseAddressRange } from '@sluice/model'
import type { KeyWrite } from '@sluice/sdk'
import { localInput } from '../../ui/local-input.ts'

/** A feed, one datastream of it, or a trigger, as it travels. */
export type ResourceForm = NonNullable<PermissionDocument['resources']>[number]
export type PermissionForm = {
  /** tells rows apart while they are added and removed */
  row: number
  label: string
  methods: readonly AccessMethod[]
  /** none: all feeds of the account */
  resources: readonly ResourceForm[]
  /** these three as typed, empty for none */
  referer: string
  sourceIp: string
  minimumInterval: string
}
export type KeyForm = {
  label: string
  seesPrivate: boolean
  permissions: readonly PermissionForm[]
  /** local date and time as `<input type="datetime-local">` has it, empty for a key that does not expire */
  expires: string
  /** of the key that is edited: the field has minutes alone, and what nobody changed stays to the second */
  expiresBefore?: string
}
export type PermissionErrors = Partial<
  Record<'methods' | 'resources' | 'referer' | 'sourceIp' | 'minimumInterval', string>
>
export type KeyErrors = { label?: string; expires?: string; permissions: PermissionErrors[] }

/** What a key is made for, most often. */
export const PRESETS = [
  { id: 'device', label: 'Device', note: 'Sends values and reads settings of this feed.' },
  { id: 'reader', label: 'Read only', note: 'A dashboard or a program of yours that reads this feed.' },
  { id: 'page', label: 'Web page', note: 'Reads this feed from pages of one site. Others can read the key there.' },
  { id: 'master', label: 'Everything', note: 'A master key: all feeds, and the keys, too. Keep it on a server.' },
] as const
export type Preset = (typeof PRESETS)[number]['id']

const PRESET_METHODS: Record<Preset, readonly AccessMethod[]> = {
  device: ['get', 'put', 'post'],
  reader: ['get'],
  page: ['get'],
  master: ACCESS_METHODS,
}

/** A form to begin with, for one feed. */
export function presetForm(preset: Preset, feed: { id: number; isPrivate: boolean }): KeyForm {
  const resources = preset === 'master' ? [] : [{ feed_id: feed.id }]
  const permission = { ...newPermission(0), methods: PRESET_METHODS[preset], resources }
  return { label: '', seesPrivate: feed.isPrivate || preset === 'master', permissions: [permission], expires: '' }
}

export const newPermission = (row: number): PermissionForm => ({
  row,
  label: '',
  methods: ['get'],
  resources: [],
  referer: '',
  sourceIp: '',
  minimumInterval: '',
})

/** The form of a key that is there. */
export function formOfKey({ label, private_access, permissions, expires_at }: KeyDocument): KeyForm {
  return {
    label,
    seesPrivate: private_access === true,
    permissions: permissions.map((permission, row) => ({
      row,
      label: permission.label ?? '',
      methods: permission.access_methods,
      resources: permission.resources ?? [],
      referer: permission.referer ?? '',
      sourceIp: permission.source_ip ?? '',
      minimumInterval: permission.minimum_interval === undefined ? '' : String(permission.minimum_interval),
    })),
    expires: expires_at === undefined ? '' : localInput(Date.parse(expires_at)),
    ...(expires_at !== undefined && { expiresBefore: expires_at }),
  }
}

/** What is wrong with a form; null where nothing is. */
export function keyErrors(form: KeyForm, nowMs: number): KeyErrors | null {
  const expiresMs = Date.parse(form.expires)
  const errors: KeyErrors = {
    ...(form.label.trim() === '' ? { label: 'Say what the key is for.' } : {}),
    ...(form.expires !== '' && !(expiresMs > nowMs) ? { expires: 'Choose a time that lies ahead.' } : {}),
    permissions: form.permissions.map(permissionErrors),
  }
  const isGood = !errors.label && !errors.expires && errors.permissions.every((one) => Object.keys(one).length === 0)
  return isGood ? null : errors
}

function permissionErrors({
  methods,
  resources,
  referer,
  sourceIp,
  minimumInterval,
}: PermissionForm): PermissionErrors {
  const seconds = Number(minimumInterval)
  const isInterval = seconds >= 0 && seconds <= LIMITS.minimumIntervalSMax
  const isPlace = ({ feed_id, datastream_trigger_id }: ResourceForm): boolean =>
    feed_id !== undefined || datastream_trigger_id !== undefined
  return {
    ...(methods.length === 0 && { methods: 'Choose at least one thing that the key may do.' }),
    ...(!resources.every(isPlace) && { resources: 'Choose a feed or a trigger.' }),
    ...(referer.trim() !== '' &&
      !isRefererConstraint(referer.trim()) && { referer: 'Give a host, or the beginning of a URL.' }),
    ...(sourceIp.trim() !== '' &&
      parseAddressRange(sourceIp.trim()) === null && { sourceIp: 'Give an address, or a range such as 10.0.0.0/8.' }),
    ...(!isInterval && { minimumInterval: 'Give seconds, up to a year.' }),
  }
}

/** What a valid form stands for. */
export function keyWrite(form: KeyForm): KeyWrite {
  const { label, seesPrivate, permissions, expires, expiresBefore } = form
  const isUnchanged = expiresBefore !== undefined && expires === localInput(Date.parse(expiresBefore))
  return {
    label: label.trim(),
    private_access: seesPrivate,
    permissions: permissions.map(permissionWrite),
    // keys carry whole seconds (API v2)
    ...(expires !== '' && {
      expires_at: isUnchanged ? expiresBefore : `${new Date(expires).toISOString().slice(0, 19)}Z`,
    }),
  }
}

/** Members that say nothing are left out: API v2 has none that are empty. */
function permissionWrite(form: PermissionForm): PermissionDocument {
  const { label, methods, resources } = form
  const [referer, sourceIp, interval] = [form.referer.trim(), form.sourceIp.trim(), Number(form.minimumInterval)]
  return {
    ...(label.trim() !== '' && { label: label.trim() }),
    access_methods: [...methods],
    ...(referer !== '' && { referer }),
    ...(sourceIp !== '' && { source_ip: sourceIp }),
    ...(interval > 0 && { minimum_interval: interval }),
    ...(resources.length > 0 && { resources: [...resources] }),
  }
}
