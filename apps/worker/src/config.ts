import { egressAllowSetting } from '@sluice/service'
import { z } from 'zod'

/** Settings of the worker, by the names of their environment variables. */
export const WorkerConfig = z.object({
  SLUICE_EGRESS_ALLOW: egressAllowSetting().describe(
    'Address ranges that deliveries may reach although they are not public, comma separated: `10.0.0.0/8, fd00::/8`',
  ),
  SLUICE_EGRESS_HTTP: z
    .enum(['yes', 'no'])
    .optional()
    .describe(
      'Whether deliveries may use plain http to public addresses. Not set: `yes` on a loopback HOST, else `no`',
    ),
  SLUICE_SMTP_URL: z
    .url({ protocol: /^smtps?$/, message: 'must look like smtp://user:password@host:port' })
    .optional()
    .describe('The mail server of e-mail actions, `smtp://` or `smtps://`. Not set: e-mail actions are refused'),
  SLUICE_MAIL_FROM: z.email().optional().describe('Sender of e-mail actions'),
})
export type WorkerConfig = z.infer<typeof WorkerConfig>
