// What most services do: each request stores its point with a statement, and a commit, of its own. Same server, same
// database, same durability; no keys, no request log, no current values. On one connection nothing is shared; on many,
// Postgres itself lets commits that wait at the same time share a flush of its log.
import { fastify } from 'fastify'
import { Pool } from 'pg'

const CONNECTIONS = Number(process.env['CONNECTIONS'])
const pool = new Pool({ connectionString: process.env['DATABASE_URL'], max: CONNECTIONS })
const INSERT = 'insert into bench_point values ($1, clock_timestamp(), $2, $3, clock_timestamp(), false)'

const app = fastify()
app.put<{ Params: { feedId: string }; Body: { current_value: string } }>(
  '/v2/feeds/:feedId/datastreams/:datastreamId',
  async (request, reply) => {
    const value = request.body.current_value
    await pool.query({ name: 'insert', text: INSERT, values: [Number(request.params.feedId), value, Number(value)] })
    return reply.code(200).send()
  },
)
await app.listen({ port: 0, host: '127.0.0.1' })
const address = app.server.address()
process.send?.({ port: typeof address === 'object' ? address?.port : 0 })
