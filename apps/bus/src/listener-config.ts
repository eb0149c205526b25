import { z } from 'zod'
import type { Secret } from './secret-config.ts'

/** PEM texts; `{"file": PATH}` is the usual way to give them. */
const tls = (secret: Secret) =>
  z.strictObject({
    key: secret,
    cert: secret,
    /** Who vouches for clients. */
    ca: secret.exactOptional(),
    /** Asks clients for a certificate, without which they may come all the same. Default: no. */
    requestClientCert: z.boolean().default(false),
  })

/** Where the bus listens besides the universal port. */
export function listenerSchema(secret: Secret) {
  return z
    .strictObject({
      type: z.enum(['rawsocket', 'websocket', 'universal']),
      port: z.int().min(0).max(65_535).exactOptional(),
      host: z.string().min(1).default('127.0.0.1'),
      /** Of a Unix domain socket. */
      path: z.string().min(1).max(107).exactOptional(),
      tls: tls(secret).exactOptional(),
    })
    .refine(({ port, path }) => (port === undefined) !== (path === undefined), 'give either port or path')
    .refine(({ path, tls }) => path === undefined || tls === undefined, 'a Unix domain socket has no TLS')
}
export type ListenerConfig = z.infer<ReturnType<typeof listenerSchema>>
