import type { Server } from 'node:net'

export type DevicePort = {
  host: string
  /** null is the default one where that is free */
  port: number | 'off' | null
  portDefault: number
  /** what is off without the port, as a sentence begins: `MQTT is off` */
  isOff: string
  /** name of the setting: `MQTT_PORT` */
  setting: string
}

/**
 * Begins to listen on a port that devices know, beside the universal one.
 * @returns a sentence when the default port cannot be had: the platform starts without it then
 * @throws {Error} one sentence, when a port that was asked for cannot be had
 */
export function listenForDevices(
  server: Server,
  { host, port, portDefault, isOff, setting }: DevicePort,
): Promise<string | null> {
  if (port === 'off') return Promise.resolve(null)
  const wanted = port ?? portDefault
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const why = error.code === 'EADDRINUSE' ? 'is taken by another program' : `cannot be used (${error.code})`
      if (port === null) resolve(`${isOff}: port ${wanted} on ${host} ${why}. Set ${setting} to another one, or to off`)
      else reject(new Error(`${setting}=${wanted} on ${host} ${why}`, { cause: error }))
    })
    server.listen({ host, port: wanted }, () => resolve(null))
  })
}
