import { z } from 'zod'
import { egressAllowSetting } from './egress.ts'
import type { Cidr, EgressRules } from './egress.ts'

/** Settings of whoever decides where requests made for users may go: the api when a trigger is made, the worker then. */
export const EGRESS_SETTINGS = {
  SLUICE_EGRESS_ALLOW: egressAllowSetting().describe(
    'Address ranges that deliveries may reach although they are not public, comma separated: `10.0.0.0/8, fd00::/8`',
  ),
  SLUICE_EGRESS_HTTP: z
    .enum(['yes', 'no'])
    .optional()
    .describe(
      'Whether deliveries may use plain http to public addresses. Not set: `yes` on a loopback HOST, else `no`',
    ),
}

type EgressSettings = { SLUICE_EGRESS_ALLOW: Cidr[]; SLUICE_EGRESS_HTTP?: 'yes' | 'no' | undefined }

/** @param isLocal only this machine can reach the server: then plain http is fine unless a setting says otherwise */
export function egressRulesOf(settings: EgressSettings, isLocal: boolean): EgressRules {
  const word = settings.SLUICE_EGRESS_HTTP ?? (isLocal ? 'yes' : 'no')
  return { allow: settings.SLUICE_EGRESS_ALLOW, allowsHttp: word === 'yes' }
}
