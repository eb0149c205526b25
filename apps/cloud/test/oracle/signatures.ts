import { Webhook } from 'standardwebhooks'
import { expect } from 'vitest'
import type { Owner } from './owner.ts'
import type { Receiver } from './receiver.ts'

/** Both secrets of an endpoint, and when the second one was made. */
export type Rotation = { old: string; at: number }

/** Gives the endpoint of this URL a new secret, as its owner does. */
export async function rotateSecret(owner: Owner, password: string, url: string): Promise<Rotation> {
  const id = (await endpointsOf(owner)).get(url) ?? 0
  const old = await reveal(owner, password, id)
  const at = Date.now()
  expect((await owner.send('POST', `/v2/endpoints/${id}/rotate`, { password })).status).toBe(200)
  return { old, at }
}

/** Every request that came in is signed with its endpoint's secret, and meanwhile with the one before, too. */
export async function checkSignatures(
  owner: Owner,
  password: string,
  receiver: Receiver,
  rotated: Rotation & { url: string },
): Promise<void> {
  const secrets = new Map<string, string>()
  for (const [url, id] of await endpointsOf(owner)) secrets.set(url, await reveal(owner, password, id))
  expect(secrets.get(rotated.url)).not.toBe(rotated.old)
  for (const { target, body, headers, at } of receiver.received) {
    const url = receiver.url(target)
    const isOfOld = url === rotated.url && at < rotated.at
    if (!isOfOld) verify(secrets.get(url) ?? '', body, headers)
    if (url === rotated.url) verify(rotated.old, body, headers)
  }
}

/** The package parses what it verified as JSON, which API v2's form is not: of those it makes the signature itself. */
function verify(secret: string, body: string, headers: Record<string, string>): void {
  const webhook = new Webhook(secret)
  if (headers['content-type'] === 'application/json') {
    webhook.verify(body, headers)
    return
  }
  const at = new Date(Number(headers['webhook-timestamp']) * 1000)
  const expected = webhook.sign(headers['webhook-id'] ?? '', at, body)
  expect(headers['webhook-signature']?.split(' ')).toContain(expected)
}

async function reveal(owner: Owner, password: string, id: number): Promise<string> {
  const { status, document } = await owner.send('POST', `/v2/endpoints/${id}/secret`, { password })
  expect(status).toBe(200)
  return (document as { secret: string }).secret
}

async function endpointsOf(owner: Owner): Promise<Map<string, number>> {
  const { document } = await owner.send('GET', '/v2/endpoints')
  const { endpoints } = document as { endpoints: { id: number; address: string }[] }
  return new Map(endpoints.map(({ id, address }) => [address, id]))
}
