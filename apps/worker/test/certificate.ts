import { generateKeyPairSync, sign } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import { isIPv4 } from 'node:net'

export type Certificate = { cert: string; key: string; privateKey: KeyObject; subject: string }

/**
 * A certificate (X.509 v3, P-256) for a test.
 * @param options.hosts names and IPv4 addresses it is for
 * @param options.issuer who signs it; without one it is an authority that signs itself
 */
export function makeCertificate(options: {
  subject: string
  hosts?: readonly string[]
  issuer?: Certificate
  notAfter?: Date
}): Certificate {
  const { subject, hosts = [], issuer, notAfter = new Date(Date.now() + 86_400_000) } = options
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const algorithm = sequence(objectId('2a8648ce3d040302'))
  const body = sequence(
    tlv(0xa0, tlv(0x02, Buffer.from([2]))),
    tlv(0x02, Buffer.from([1, ...Buffer.from(String(process.hrtime.bigint()))])),
    algorithm,
    nameOf(issuer?.subject ?? subject),
    sequence(time(new Date(Date.now() - 2 * 86_400_000)), time(notAfter)),
    nameOf(subject),
    publicKey.export({ type: 'spki', format: 'der' }),
    tlv(0xa3, sequence(...extensions(hosts, issuer === undefined))),
  )
  const signature = sign('sha256', body, issuer?.privateKey ?? privateKey)
  const der = sequence(body, algorithm, tlv(0x03, Buffer.concat([Buffer.from([0]), signature])))
  const lines = der.toString('base64').match(/.{1,64}/g) ?? []
  const cert = `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`
  return { cert, key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(), privateKey, subject }
}

function extensions(hosts: readonly string[], isAuthority: boolean): Buffer[] {
  const names = hosts.map((host) =>
    isIPv4(host) ? tlv(0x87, Buffer.from(host.split('.').map(Number))) : tlv(0x82, Buffer.from(host)),
  )
  const isTrue = tlv(0x01, Buffer.from([0xff]))
  const all: Buffer[] = []
  if (isAuthority) all.push(sequence(objectId('551d13'), isTrue, tlv(0x04, sequence(isTrue))))
  if (names.length > 0) all.push(sequence(objectId('551d11'), tlv(0x04, sequence(...names))))
  return all
}

function nameOf(text: string): Buffer {
  return sequence(tlv(0x31, sequence(objectId('550403'), tlv(0x0c, Buffer.from(text)))))
}

/** UTCTime: YYMMDDHHMMSSZ */
function time(date: Date): Buffer {
  return tlv(0x17, Buffer.from(`${date.toISOString().replace(/[-:T]/g, '').slice(2, 14)}Z`))
}

function objectId(hex: string): Buffer {
  return tlv(0x06, Buffer.from(hex, 'hex'))
}

function sequence(...parts: Buffer[]): Buffer {
  return tlv(0x30, Buffer.concat(parts))
}

function tlv(tag: number, content: Buffer): Buffer {
  const { length } = content
  const size = length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, length >> 8, length & 255]
  return Buffer.concat([Buffer.from([tag, ...size]), content])
}
