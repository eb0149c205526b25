import type { Micros } from '@sluice/model'
import { publicUrlOf } from '../assemble.ts'
import type { ApiParts, Assembled } from '../assemble.ts'
import { isLoopback, TIMEOUTS } from '../config.ts'
import type { ApiConfig } from '../config.ts'
import { startSockets } from './sockets.ts'
import type { Sockets, SocketSettings } from './sockets.ts'

/**
 * Starts the sockets of an assembled api, with keys in clear only where somebody decided so.
 * @throws {Error} one sentence, when the port that was asked for cannot be had
 */
export function openSockets(
  config: ApiConfig,
  { assembled, db, logger, timeouts, sockets }: ApiParts & { assembled: Assembled },
  { now, finishMs }: Pick<SocketSettings, 'finishMs'> & { now(): Micros },
): Promise<Sockets> {
  const { dispatch, live, log, registry, state } = assembled
  const isPlainFine = isLoopback(config.HOST) || config.SLUICE_ALLOW_PLAIN_HTTP === 'yes'
  return startSockets(
    {
      host: config.HOST,
      port: config.SOCKET_PORT ?? (isPlainFine ? null : 'off'),
      publicHost: new URL(publicUrlOf(config)).hostname,
      messageMs: (timeouts ?? TIMEOUTS).headMs,
      finishMs,
      ...sockets,
    },
    {
      dispatch: dispatch.socket,
      subscribable: dispatch.subscribable,
      live,
      log,
      registry,
      db,
      logger,
      now,
      publicUrl: () => state.publicUrl,
    },
  )
}
