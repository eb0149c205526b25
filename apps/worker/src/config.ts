import { EGRESS_SETTINGS } from '@sluice/service'
import { z } from 'zod'

/** Settings of the worker, by the names of their environment variables. */
export const WorkerConfig = z.object({
  ...EGRESS_SETTINGS,
  SLUICE_SMTP_URL: z
    .url({ protocol: /^smtps?$/, message: 'must look like smtp://user:password@host:port' })
    .optional()
    .describe('The mail server of e-mail actions, `smtp://` or `smtps://`. Not set: e-mail actions are refused'),
  SLUICE_MAIL_FROM: z.email().optional().describe('Sender of e-mail actions'),
})
export type WorkerConfig = z.infer<typeof WorkerConfig>
