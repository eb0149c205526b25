import { secondsOf } from '../timestamp-sql.ts'

/** SQL for when, from where and with what a key was used, null where it never was. */
const useOf = (column: 'last_used' | 'previous_used'): string => `case when ${column}_at is not null then
  json_build_object('at', ${secondsOf(`${column}_at`)}, 'address', ${column}_address, 'client', ${column}_client) end`

/** A row of api_key as `Key`. */
export const KEY_COLUMNS = `id, account_id as "accountId", label, masked, private_access as "privateAccess", permissions,
  ${secondsOf('expires_at')} as "expiresAt", ${secondsOf('created_at')} as "createdAt", ${useOf('last_used')} as "lastUse",
  case when previous_until > now() then json_build_object('masked', previous_masked, 'until',
    ${secondsOf('previous_until')}, 'lastUse', ${useOf('previous_used')}) end as previous`
