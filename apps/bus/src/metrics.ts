import { Counter, Gauge } from 'prom-client'
import type { Registry } from 'prom-client'
import type { Bus, BusMetrics } from './bus.ts'

const GAUGES: readonly [name: string, help: string, of: keyof BusMetrics][] = [
  ['wamp_connections', 'Connections of all WAMP transports, joined or not', 'connections'],
  ['wamp_sessions', 'Joined sessions, the platform’s own not counted', 'sessions'],
  ['wamp_sessions_parked', 'Sessions that lost their transport and may come back', 'sessionsParked'],
  ['wamp_realms', 'Open realms', 'realms'],
  ['wamp_subscriptions', 'Topics and patterns that somebody is subscribed to', 'subscriptions'],
  ['wamp_registrations', 'Procedures and patterns that somebody has registered', 'registrations'],
]
const COUNTERS: readonly [name: string, help: string, of: keyof BusMetrics][] = [
  ['wamp_publications_total', 'Publications accepted', 'publications'],
  ['wamp_events_total', 'Events sent to subscribers', 'events'],
  ['wamp_events_dropped_total', 'Events lost to subscribers that read too slowly', 'eventsDropped'],
  ['wamp_calls_total', 'Calls handed to callees', 'calls'],
  ['wamp_requests_refused_total', 'Requests that were not allowed, or broke the rules for URIs and options', 'refused'],
  ['wamp_requests_out_of_order_total', 'Request ids out of sequence that were let pass', 'requestsOutOfOrder'],
  ['wamp_authentications_failed_total', 'HELLOs that did not lead to a session', 'authenticationsFailed'],
  ['wamp_handshakes_refused_total', 'Connections refused before HELLO', 'upgradesRefused'],
  ['wamp_sessions_resumed_total', 'Sessions that came back on another transport', 'sessionsResumed'],
]

/** What the bus counts, read when somebody asks. Names are stable; there are no labels, as topics belong to tenants. */
export function addBusMetrics(registry: Registry, bus: Pick<Bus, 'metrics'>): void {
  // all metrics of one scrape share a reading: it visits every realm and session
  let reading: BusMetrics | null = null
  const read = (): BusMetrics => {
    if (reading === null) {
      reading = bus.metrics()
      setImmediate(() => (reading = null))
    }
    return reading
  }
  for (const [name, help, of] of GAUGES) {
    const collect = (): void => gauge.set(read()[of])
    const gauge: Gauge = new Gauge({ name, help, registers: [], collect })
    registry.registerMetric(gauge)
  }
  for (const [name, help, of] of COUNTERS) {
    const collect = (): void => {
      counter.reset()
      counter.inc(read()[of])
    }
    const counter: Counter = new Counter({ name, help, registers: [], collect })
    registry.registerMetric(counter)
  }
}
