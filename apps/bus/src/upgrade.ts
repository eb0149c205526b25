import type { IncomingMessage } from 'node:http'
import { SUBPROTOCOLS } from '@sluice/wamp'

/** The subprotocols that a request offers. */
export function offeredSubprotocols(request: IncomingMessage): string[] {
  return (request.headers['sec-websocket-protocol'] ?? '').split(',').map((name) => name.trim())
}

/** The one that we take, by our own preference and not the client's, or null. */
export function chooseSubprotocol(offered: Iterable<string>): string | null {
  const names = new Set(offered)
  return SUBPROTOCOLS.find((name) => names.has(name)) ?? null
}

/**
 * Whether the upgrade may go on as far as browsers are concerned: they always name an Origin, which must be this host
 * or one that is allowed by its full origin. Programs name none.
 */
export function isOriginAllowed(request: IncomingMessage, allowed: readonly string[]): boolean {
  const { origin, host } = request.headers
  if (origin === undefined) return true
  if (allowed.includes(origin)) return true
  return URL.canParse(origin) && host !== undefined && new URL(origin).host === host.toLowerCase()
}
