import type { AccessMethod, PermissionDocument } from '@sluice/model'
import type { KeyWrite } from '@sluice/sdk'

export type KeyForm = {
  label: string
  methods: readonly AccessMethod[]
  seesPrivate: boolean
  /** all feeds of the account, this feed, or one datastream of it */
  reach: 'account' | 'feed' | { datastream: string }
  /** local date and time as `<input type="datetime-local">` has it, empty for a key that does not expire */
  expires: string
}

export function keyErrors(form: KeyForm, nowMs: number): Partial<Record<'label' | 'methods' | 'expires', string>> {
  const expiresMs = Date.parse(form.expires)
  return {
    ...(form.label.trim() === '' ? { label: 'Say what the key is for.' } : {}),
    ...(form.methods.length === 0 ? { methods: 'Choose at least one thing that the key may do.' } : {}),
    ...(form.expires !== '' && !(expiresMs > nowMs) ? { expires: 'Choose a time that lies ahead.' } : {}),
  }
}

/** What a valid form creates. */
export function keyWrite(form: KeyForm, feedId: number): KeyWrite {
  const permission: PermissionDocument = { access_methods: [...form.methods] }
  if (form.reach === 'feed') permission.resources = [{ feed_id: feedId }]
  else if (form.reach !== 'account') {
    permission.resources = [{ feed_id: feedId, datastream_id: form.reach.datastream }]
  }
  return {
    label: form.label.trim(),
    private_access: form.seesPrivate,
    permissions: [permission],
    // keys carry whole seconds (API v2)
    ...(form.expires === '' ? {} : { expires_at: `${new Date(form.expires).toISOString().slice(0, 19)}Z` }),
  }
}
