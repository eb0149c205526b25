import { Counter, Gauge } from 'prom-client'
import type { Registry } from 'prom-client'

export type SocketMetrics = { pushed(): void; skipped(): void; overrun(): void }

/** Names are stable: dashboards are built on them. */
export function addSocketMetrics(
  registry: Registry,
  read: { connections(): number; subscriptions(): number },
): SocketMetrics {
  const registers = [registry]
  const gauge = (name: string, help: string, now: () => number): Gauge => {
    const made: Gauge = new Gauge({ name, help, registers, collect: () => made.set(now()) })
    return made
  }
  gauge('socket_connections', 'Open connections of JSON messages, over TCP and WebSocket', read.connections)
  gauge('socket_subscriptions', 'Subscriptions of these connections', read.subscriptions)
  const counter = (name: string, help: string): Counter => new Counter({ name, help, registers })
  const pushes = counter('socket_pushes_total', 'Documents pushed to subscribers')
  const skipped = counter(
    'socket_pushes_skipped_total',
    'Documents that gave way to newer ones, as their reader was slow',
  )
  const overruns = counter('socket_overruns_total', 'Connections ended because they did not read')
  return { pushed: () => pushes.inc(), skipped: () => skipped.inc(), overrun: () => overruns.inc() }
}
