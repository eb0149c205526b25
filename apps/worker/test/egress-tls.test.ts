import { once } from 'node:events'
import { Resolver } from 'node:dns/promises'
import { createServer as createPlainServer } from 'node:http'
import type { Server } from 'node:http'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import { parseEgressAllow } from '@sluice/service'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { makeHttpAction } from '../src/actions/http.ts'
import { openEgress } from '../src/egress/request.ts'
import type { Egress } from '../src/egress/request.ts'
import { makeCertificate } from './certificate.ts'
import { startNameServer } from './name-server.ts'
import type { NameServer } from './name-server.ts'
import { shipmentOf } from './shipment.ts'

const trusted = makeCertificate({ subject: 'Trusted authority' })
const unknown = makeCertificate({ subject: 'Unknown authority' })
const hosts = ['hook.test', '127.0.0.1']
const CERTIFICATES = {
  good: makeCertificate({ subject: 'good', hosts, issuer: trusted }),
  expired: makeCertificate({ subject: 'expired', hosts, issuer: trusted, notAfter: new Date(Date.now() - 86_400_000) }),
  'for another host': makeCertificate({ subject: 'other', hosts: ['other.test'], issuer: trusted }),
  'self-signed': makeCertificate({ subject: 'self-signed', hosts }),
  'of an unknown authority': makeCertificate({ subject: 'unknown', hosts, issuer: unknown }),
}
type Kind = keyof typeof CERTIFICATES

const servers = new Map<string, Server>()
let received = 0
let names: NameServer
let egress: Egress

beforeAll(async () => {
  setDefaultCACertificates([...getCACertificates('default'), trusted.cert])
  names = await startNameServer(() => ({ a: ['127.0.0.1'] }))
  const resolver = new Resolver()
  resolver.setServers([`127.0.0.1:${names.port}`])
  egress = openEgress({ rules: { ...parseEgressAllow('127.0.0.0/8'), allowsHttp: false }, names: resolver })
  const answer = (_request: unknown, response: { end(): unknown }): void => {
    received++
    response.end()
  }
  for (const [kind, certificate] of Object.entries(CERTIFICATES)) servers.set(kind, createServer(certificate, answer))
  servers.set('plain', createPlainServer(answer))
  await Promise.all([...servers.values()].map((server) => once(server.listen(0, '127.0.0.1'), 'listening')))
})
afterAll(async () => {
  egress[Symbol.dispose]()
  for (const server of servers.values()) server.close()
  await names[Symbol.asyncDispose]()
})

async function post(
  kind: string,
  host: string,
  verifiesTls: boolean,
): Promise<{ outcome: string; error: string | null }> {
  const address = servers.get(kind)?.address() as AddressInfo
  const act = makeHttpAction({ egress, version: '1', nowMs: Date.now })
  const action = { kind: 'http', url: `https://${host}:${address.port}/`, format: 'json' } as const
  return await act(shipmentOf({ action, verifiesTls }), AbortSignal.timeout(5000))
}

test.each(['hook.test', 'HOOK.test.', '127.0.0.1'])('a good certificate for %s is accepted', async (host) => {
  expect(await post('good', host, true)).toMatchObject({ outcome: 'delivered', error: null })
})

test.each<[Kind, string]>([
  ['expired', 'certificate has expired (CERT_HAS_EXPIRED)'],
  ['for another host', 'it is for another host (ERR_TLS_CERT_ALTNAME_INVALID)'],
  ['self-signed', '(DEPTH_ZERO_SELF_SIGNED_CERT)'],
  ['of an unknown authority', '(UNABLE_TO_VERIFY_LEAF_SIGNATURE)'],
])('a certificate that is %s fails with the reason, before anything is sent', async (kind, reason) => {
  received = 0
  const result = await post(kind, 'hook.test', true)
  expect(result).toMatchObject({ outcome: 'failed', error: expect.stringContaining(reason) })
  expect(result.error).toContain('The certificate is not accepted')
  expect(received).toBe(0)
  // in the operator's own network its owner may say so
  expect(await post(kind, 'hook.test', false)).toMatchObject({ outcome: 'delivered' })
  // and a connection that was not checked is not used again where it should be
  expect(await post(kind, 'hook.test', true)).toMatchObject({ outcome: 'failed' })
})

test('a target without TLS fails with the reason', async () => {
  const result = await post('plain', 'hook.test', true)
  expect(result).toMatchObject({ outcome: 'failed', error: expect.stringContaining('TLS could not be agreed upon') })
})
