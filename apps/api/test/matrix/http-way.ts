import { Agent, request } from 'node:http'
import { CARRIERS } from './way.ts'
import type { Answer, Carrier, Sent, Way, WayKind } from './way.ts'

export const HTTP: WayKind = { name: 'http', carriers: CARRIERS, takes: (method) => method !== 'SUBSCRIBE' }

/** HTTP, over connections that are kept. @param url scheme and authority of the universal port */
export function openHttp(url: string): Way {
  const agent = new Agent({ keepAlive: true, maxSockets: 16 })
  return {
    send: (sent) => ask(url, agent, sent),
    [Symbol.asyncDispose]() {
      agent.destroy()
      return Promise.resolve()
    },
  }
}

function ask(url: string, agent: Agent, { method, path, body, ...sent }: Sent): Promise<Answer> {
  const { headers, query } = credentials(url, sent)
  const target = query === '' ? path : `${path}${path.includes('?') ? '&' : '?'}${query}`
  return new Promise((resolve, reject) => {
    const asked = request(`${url}${target}`, { method, agent, headers: { ...headers, ...sent.headers } }, (answer) => {
      let text = ''
      answer.setEncoding('latin1').on('data', (piece: string) => (text += piece))
      answer.on('error', reject)
      answer.on('end', () => resolve({ status: answer.statusCode ?? 0, headers: flat(answer.headersDistinct), text }))
    })
    asked.on('error', reject)
    asked.end(body === undefined || typeof body === 'string' ? body : JSON.stringify(body))
  })
}

function credentials(
  url: string,
  { key, carrier = 'header', cookie }: Pick<Sent, 'key' | 'carrier' | 'cookie'>,
): { headers: Record<string, string>; query: string } {
  const json = { 'content-type': 'application/json' }
  // a browser names the page that it sends from
  if (cookie !== undefined) return { headers: { ...json, cookie, origin: url }, query: '' }
  const { query = '', ...headers } = key === undefined ? {} : CARRYING[carrier](key)
  return { headers: { ...json, ...headers }, query }
}

/** Headers, and what stands in the query. */
const CARRYING: Record<Carrier, (key: string) => { query?: string; [header: string]: string }> = {
  header: (key) => ({ 'x-apikey': key }),
  'old header': (key) => ({ 'x-pachubeapikey': key }),
  query: (key) => ({ query: `key=${key}` }),
  both: (key) => ({ 'x-apikey': key, query: 'key=another' }),
  bearer: (key) => ({ authorization: `Bearer ${key}` }),
  basic: (key) => ({ authorization: `Basic ${Buffer.from(`${key}:`).toString('base64')}` }),
}

function flat(headers: NodeJS.Dict<string[]>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, values]) => [name, (values ?? []).join(', ')]))
}
