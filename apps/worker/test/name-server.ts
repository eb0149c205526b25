import { createSocket } from 'node:dgram'
import { once } from 'node:events'

/** What a name stands for; null: no such name. `cname` goes first, its addresses are in the same answer. */
export type Entry = { a?: string[]; aaaa?: string[]; cname?: string; delayMs?: number } | null
export type NameServer = AsyncDisposable & { port: number; queries: string[] }

const TYPE = { A: 1, CNAME: 5, AAAA: 28 }

/** A DNS server on 127.0.0.1 over UDP. Everything it says holds for 0 s. @param count how often this question came before */
export async function startNameServer(zone: (name: string, count: number) => Entry): Promise<NameServer> {
  const socket = createSocket('udp4')
  const queries: string[] = []
  socket.on('message', (query, from) => {
    const { name, type, end } = question(query)
    const asked = `${type} ${name}`
    const entry = zone(name, queries.filter((query) => query === asked).length)
    queries.push(asked)
    const owner = entry?.cname ? encoded(entry.cname) : Buffer.from([0xc0, 12])
    const records = entry?.cname ? [record(Buffer.from([0xc0, 12]), TYPE.CNAME, encoded(entry.cname))] : []
    if (type === TYPE.A) records.push(...(entry?.a ?? []).map((address) => record(owner, TYPE.A, bytesOf4(address))))
    if (type === TYPE.AAAA) {
      records.push(...(entry?.aaaa ?? []).map((address) => record(owner, TYPE.AAAA, bytesOf6(address))))
    }
    const head = Buffer.from(query.subarray(0, 12))
    // a recursive answer, code 3 for a name that does not exist; one question, some answers, nothing else
    head.writeUInt16BE(entry ? 0x8180 : 0x8183, 2)
    for (const [at, count] of [1, records.length, 0, 0].entries()) head.writeUInt16BE(count, 4 + 2 * at)
    const answer = Buffer.concat([head, query.subarray(12, end), ...records])
    setTimeout(() => socket.send(answer, from.port, from.address, () => {}), entry?.delayMs ?? 0).unref()
  })
  socket.bind(0, '127.0.0.1')
  await once(socket, 'listening')
  const close = async (): Promise<void> => void (await once(socket.close(), 'close'))
  return { port: socket.address().port, queries, [Symbol.asyncDispose]: close }
}

function question(query: Buffer): { name: string; type: number; end: number } {
  const labels: string[] = []
  let at = 12
  for (let length = query[at] ?? 0; length > 0; length = query[at] ?? 0) {
    labels.push(query.toString('latin1', at + 1, at + 1 + length))
    at += 1 + length
  }
  return { name: labels.join('.').toLowerCase(), type: query.readUInt16BE(at + 1), end: at + 5 }
}

/** Class IN, TTL 0. */
function record(owner: Buffer, type: number, data: Buffer): Buffer {
  return Buffer.concat([owner, Buffer.from([0, type, 0, 1, 0, 0, 0, 0, 0, data.length]), data])
}

function encoded(name: string): Buffer {
  return Buffer.concat([...name.split('.'), ''].map((label) => Buffer.from([label.length, ...Buffer.from(label)])))
}

function bytesOf4(address: string): Buffer {
  return Buffer.from(address.split('.').map(Number))
}

function bytesOf6(address: string): Buffer {
  const groups = (text: string | undefined): number[] =>
    text ? text.split(':').map((group) => parseInt(group, 16)) : []
  // the URL parser turns a dotted end into groups
  const [front, back] = new URL(`http://[${address}]`).hostname.slice(1, -1).split('::')
  const [first, last] = [groups(front), groups(back)]
  const all = [...first, ...Array.from({ length: 8 - first.length - last.length }, () => 0), ...last]
  return Buffer.from(all.flatMap((group) => [group >> 8, group & 255]))
}
