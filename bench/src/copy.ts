import { formatTimestamp } from '@sluice/model'
import { Client } from 'pg'
import type { Connection, Submittable } from 'pg'

/** No stream of the peer that inserts into the same table: among its times, minutes old, some were met again. */
const FIRST_STREAM = 1_000_000

/**
 * The limit of any archive in Postgres: raw COPY into a table equal to `datapoint`, as many points a transaction as
 * Sluice's group commit has, on as many connections as it has lanes.
 * @returns points per second
 */
export async function measureCopy(plan: {
  url: string
  connections: number
  pointsPerCopy: number
  seconds: number
}): Promise<number> {
  const clients = await Promise.all(
    Array.from({ length: plan.connections }, async () => {
      const client = new Client(plan.url)
      await client.connect()
      return client
    }),
  )
  try {
    const startedAt = performance.now()
    const endAt = startedAt + plan.seconds * 1000
    const copied = clients.map((client, index) => copyUntil(endAt, client, { index, points: plan.pointsPerCopy }))
    const points = (await Promise.all(copied)).reduce((sum, count) => sum + count, 0)
    return points / ((performance.now() - startedAt) / 1000)
  } finally {
    // also after an error, which Postgres would hide behind one of its own when it is stopped
    await Promise.all(clients.map((client) => client.end()))
  }
}

/** @returns points that were copied */
async function copyUntil(
  endAt: number,
  client: Client,
  { index, points }: { index: number; points: number },
): Promise<number> {
  let copied = 0
  let at = Date.now() * 1000 - 60e6 * (1 + index)
  while (performance.now() < endAt) {
    const lines: string[] = []
    const now = formatTimestamp(Date.now() * 1000)
    for (let point = 0; point < points; point++) {
      at += 7
      const value = (20 + (at % 997) / 100).toFixed(2)
      lines.push(`${FIRST_STREAM + index}\t${formatTimestamp(at)}\t${value}\t${value}\t${now}\tf\n`)
    }
    await copyIn(client, lines.join(''))
    copied += points
  }
  return copied
}

type CopyConnection = Connection & { sendCopyFromChunk(chunk: Buffer): void; endCopyFrom(): void }

/** COPY … FROM STDIN through pg's own protocol hooks. */
function copyIn(client: Client, lines: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const copy = {
      submit: (connection: Connection) => connection.query('copy bench_point from stdin'),
      handleCopyInResponse(connection: CopyConnection) {
        connection.sendCopyFromChunk(Buffer.from(lines))
        connection.endCopyFrom()
      },
      handleCommandComplete: () => undefined,
      handleReadyForQuery: () => resolve(),
      handleError: (error: Error) => reject(error),
    }
    client.query(copy as Submittable)
  })
}
