import type { Client } from 'aedes'

/** Bytes on their way to one client; above this, what comes is left out, and the newest state sent when they have gone. */
const WAITING_BYTES_MAX = 1_048_576
/** Above this, the connection ends. */
const HELD_BYTES_MAX = 4 * 1_048_576

/** Messages to one client, at QoS 0. */
export type Outlet = {
  isFull(): boolean
  /** never refuses: a client that lets more wait than it may is disconnected */
  send(topic: string, payload: string | Buffer): void
}

/** @param onDrained called when the client has taken everything */
export function makeOutlet(client: Client, onDrained: () => void): Outlet {
  let waiting = 0
  return {
    isFull: () => waiting > WAITING_BYTES_MAX,
    send(topic, payload) {
      if (client.closed) return
      const bytes = topic.length + (typeof payload === 'string' ? Buffer.byteLength(payload) : payload.length)
      waiting += bytes
      if (waiting > HELD_BYTES_MAX) {
        client.conn.destroy(new Error('does not read what it is sent'))
        return
      }
      client.publish({ cmd: 'publish', topic, payload, qos: 0, retain: false, dup: false }, () => {
        waiting -= bytes
        if (waiting === 0) onDrained()
      })
    },
  }
}
