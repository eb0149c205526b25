import type { DeliveryDetailDocument, DeliveryDocument } from '@sluice/model'
import { ApiError, createClient } from '@sluice/sdk'
import type { Client } from '@sluice/sdk'
import { CannotListenError } from './errors.ts'
import { followAccount } from './follow-account.ts'
import { forward } from './forward.ts'
import { Latch } from './latch.ts'
import { persist } from './persist.ts'
import type { Report, Totals } from './report.ts'
import type { Server } from './settings.ts'

export type ListenSettings = {
  server: Server
  forwardTo: URL
  /** ids; empty for all */
  triggers: ReadonlySet<number>
  /** whsec_… */
  secret: string
  /** whether the developer must be told the secret */
  isSecretMade: boolean
  /** how far back to begin, ms */
  sinceMs: number | null
}

export type ListenParts = { report: Report; totals: Totals; signal: AbortSignal }

/** bodies fetched ahead; the requests to the local address are made one after the other */
const AHEAD = 8
const MASTER = 'a key that may get, is bound to no feed and sees private ones (a master key)'

/**
 * Forwards the firings of an account until the signal comes. `parts.totals` is counted up as it goes.
 * @throws {CannotListenError} the server cannot be reached at the start, or refuses
 */
export async function listen(settings: ListenSettings, parts: ListenParts): Promise<void> {
  const { server } = settings
  const client = createClient({ baseUrl: server.url, apiKey: server.key })
  const queue: DeliveryDocument[] = []
  const latch = new Latch()
  try {
    await tellStart(client, settings, parts.report)
    await Promise.all([
      follow(client, settings, parts, (deliveries) => {
        queue.push(...deliveries)
        latch.set()
      }),
      forwardAll(client, settings, parts, { queue, latch }),
    ])
  } catch (error) {
    if (parts.signal.aborted) return
    throw error instanceof ApiError ? new CannotListenError(sentenceOf(error, server), { cause: error }) : error
  } finally {
    void client.close()
  }
}

async function tellStart(client: Client, settings: ListenSettings, report: Report): Promise<void> {
  const { server, forwardTo, triggers, secret, isSecretMade } = settings
  for (const note of server.notes) report.note(note)
  // also tells a wrong server and a wrong key before anything else is said
  await client.deliveries.list({ limit: 1 })
  const names = await Promise.all([...triggers].map((id) => nameOf(client, id)))
  report.start({
    url: server.url,
    forwardTo: forwardTo.href,
    triggers: names.length === 0 ? null : names,
    secret: isSecretMade ? secret : null,
  })
}

async function nameOf(client: Client, id: number): Promise<string> {
  try {
    const { name } = await client.triggers.get(id)
    return name === '' ? `trigger ${id}` : name
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) throw new CannotListenError(`There is no trigger ${id}`)
    throw error
  }
}

async function follow(
  client: Client,
  { server, triggers, sinceMs }: ListenSettings,
  { report, signal }: ListenParts,
  enqueue: (deliveries: DeliveryDocument[]) => void,
): Promise<void> {
  let lives = 0
  await followAccount(
    client,
    {
      onDeliveries(deliveries, how) {
        const wanted = deliveries.filter(({ trigger_id: id }) => triggers.size === 0 || triggers.has(id))
        if (wanted.length > 0 && how === 'missed')
          report.note(`${wanted.length} fired ${lives === 0 ? 'earlier' : 'meanwhile'}; forwarded now`)
        enqueue(wanted)
      },
      onLive: () => (++lives === 1 ? report.ready() : report.note('Connected again')),
      onLost: () => report.note('The connection is lost; it is being made again'),
      onTrouble: (error) => report.note(`${sentenceOf(error, server)}; trying again`),
      onIncomplete: () => report.note('More has fired than can be fetched: the oldest are left out'),
    },
    { sinceMs: sinceMs === null ? null : Date.now() - sinceMs, signal },
  )
}

async function forwardAll(
  client: Client,
  { server, forwardTo, secret }: ListenSettings,
  { report, totals, signal }: ListenParts,
  { queue, latch }: { queue: DeliveryDocument[]; latch: Latch },
): Promise<void> {
  const onTrouble = (error: ApiError): void => report.note(`${sentenceOf(error, server)}; trying again`)
  while (!signal.aborted) {
    const batch = queue.splice(0, AHEAD)
    if (batch.length === 0) await latch.wait()
    const details = await Promise.all(
      batch.map(({ id }) => persist(() => findDetail(client, id), { signal, onTrouble })),
    )
    for (const [index, delivery] of batch.entries()) {
      const detail = details[index]
      const outcome = detail
        ? await forward(forwardTo, detail, { secret, signal })
        : { status: null, error: 'it was deleted meanwhile', durationMs: 0 }
      if (signal.aborted) return
      totals[outcome.error === null ? 'forwarded' : 'failed']++
      report.delivery(delivery, outcome)
    }
  }
}

async function findDetail(client: Client, id: string): Promise<DeliveryDetailDocument | null> {
  try {
    return await client.deliveries.get(id)
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return null
    throw error
  }
}

function sentenceOf(error: ApiError, { url, keySource }: Server): string {
  if (error.status === 401) return `${url} does not accept the key of ${keySource}`
  if (error.status === 403) return `The key of ${keySource} may not follow the whole account: use ${MASTER}`
  if (error.status === 404) return `${url} has no deliveries: is it a Sluice server, and a recent one?`
  return error.status === 0 ? `${error.message}: ${url}` : `${url} answers ${error.status}: ${error.message}`
}
