import { createServer, connect } from 'node:net'
import type { AddressInfo, Socket } from 'node:net'

const APPEND = /append-(new|unwatched|all|all-new)\0/

/**
 * A TCP proxy in front of Postgres that cuts a connection on which a batch is sent: before it gets through, or after, so
 * that it takes effect and its answer is lost.
 */
export async function openProxy(url: string) {
  const target = new URL(url)
  const sockets = new Set<Socket>()
  let plan = { when: 'before', left: 0, statement: APPEND }
  let cuts = 0
  const server = createServer((client) => {
    const upstream = connect(Number(target.port), target.hostname)
    for (const socket of [client, upstream]) {
      sockets.add(socket)
      socket.on('error', () => undefined)
      socket.on('close', () => sockets.delete(socket))
    }
    upstream.pipe(client)
    client.on('end', () => upstream.end())
    client.on('data', (chunk) => {
      const isMoment = plan.left > 0 && plan.statement.test(chunk.toString('latin1'))
      if (!isMoment || plan.when === 'after') upstream.write(chunk)
      if (!isMoment) return
      plan.left--
      cuts++
      upstream.unpipe(client)
      client.destroy()
      if (plan.when === 'before') upstream.destroy()
      else upstream.once('data', () => upstream.destroy()).resume()
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = new URL(url)
  address.host = `127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    url: address.href,
    cuts: () => cuts,
    /** @param statement what is cut, as it stands in the protocol's messages */
    cut(when: 'before' | 'after', times: number, statement = APPEND) {
      plan = { when, left: times, statement }
    },
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
