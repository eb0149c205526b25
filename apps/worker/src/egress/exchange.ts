import { request as requestHttp } from 'node:http'
import type { Agent, ClientRequest, IncomingMessage, RequestOptions } from 'node:http'
import { request as requestHttps } from 'node:https'
import { isIP } from 'node:net'
import type { LookupFunction } from 'node:net'
import { hostOf } from '@sluice/service'
import { reasonOfAbort } from '../or-aborted.ts'
import { reasonOf } from './reason.ts'

/** Of an answer's body; the rest is not read. */
const ANSWER_BYTES_MAX = 65_536
const HEAD_BYTES_MAX = 16_384
/** Before the next address of a host is tried. */
const CONNECT_MS = 1000
const ADDRESSES_MAX = 8

export type Call = {
  url: URL
  /** where to connect to; the name is not looked up again */
  addresses: readonly string[]
  headers: Record<string, string>
  body: Buffer
  checksCertificate: boolean
  /** false: a connection of its own */
  agent: Agent | false
}

export type Answer =
  | {
      kind: 'answer'
      status: number
      headers: IncomingMessage['headers']
      /** at most 64 kB of it */
      body: Buffer
      /** why the body broke off, null when it is whole or long enough */
      problem: string | null
    }
  /** the rules forbid it; nothing was connected to */
  | { kind: 'refused'; reason: string }
  | { kind: 'failed'; reason: string }

/**
 * One POST over one connection to one of the given addresses. A kept connection that the target closed at the same
 * moment is no failure: the request is sent once more over a new one.
 * @throws what Node says when there was no answer
 */
export function exchange(call: Call, signal: AbortSignal): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const request = open(call, signal)
    request.on('response', (response) => resolve(readAnswer(response, signal)))
    // nobody asked for one; without a listener Node drops the connection and says nothing
    request.on('upgrade', (response, socket) => {
      socket.destroy()
      resolve({ kind: 'failed', reason: `The target answered ${response.statusCode ?? 0} and spoke another protocol` })
    })
    request.on('close', () => reject(signal.aborted ? signal.reason : new Error('closed')))
    request.on('error', (error: NodeJS.ErrnoException) => {
      const wasStale = request.reusedSocket && (error.code === 'ECONNRESET' || error.code === 'EPIPE')
      if (wasStale && !signal.aborted) resolve(exchange({ ...call, agent: false }, signal))
      else reject(error)
    })
    request.end(call.body)
  })
}

function open(call: Call, signal: AbortSignal): ClientRequest {
  const { url } = call
  const isSecure = url.protocol === 'https:'
  const options: RequestOptions & { autoSelectFamily: true; autoSelectFamilyAttemptTimeout: number } = {
    method: 'POST',
    host: hostOf(url),
    port: url.port === '' ? (isSecure ? 443 : 80) : url.port,
    path: `${url.pathname}${url.search}`,
    headers: { ...call.headers, 'content-length': call.body.length },
    lookup: answering(call.addresses.slice(0, ADDRESSES_MAX)),
    autoSelectFamily: true,
    autoSelectFamilyAttemptTimeout: CONNECT_MS,
    maxHeaderSize: HEAD_BYTES_MAX,
    agent: call.agent,
    signal,
  }
  if (!isSecure) return requestHttp(options)
  return requestHttps({ ...options, rejectUnauthorized: call.checksCertificate })
}

/** A look-up whose answer was found, and checked, before. */
function answering(addresses: readonly string[]): LookupFunction {
  const all = addresses.map((address) => ({ address, family: isIP(address) }))
  return (_host, options, callback) => {
    const [first] = all
    if (options.all) callback(null, all)
    else if (first) callback(null, first.address, first.family)
    else callback(new Error('No address was given'), '', 0)
  }
}

function readAnswer(response: IncomingMessage, signal: AbortSignal): Promise<Answer> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = []
    let bytes = 0
    const settle = (problem: string | null): void => {
      const body = Buffer.concat(chunks).subarray(0, ANSWER_BYTES_MAX)
      resolve({ kind: 'answer', status: response.statusCode ?? 0, headers: response.headers, body, problem })
    }
    response.on('data', (chunk: Buffer) => {
      chunks.push(chunk)
      bytes += chunk.length
      if (bytes < ANSWER_BYTES_MAX) return
      settle(null)
      response.destroy()
    })
    // an answer without a length ends with its connection, also where it is the signal that ends that
    response.on('end', () => settle(signal.aborted ? reasonOfAbort(signal) : null))
    response.on('error', (error) => settle(signal.aborted ? reasonOfAbort(signal) : reasonOf(error)))
    response.on('close', () => settle('The connection was closed before the answer was complete'))
  })
}
