// The limit of any HTTP server on Fastify: the same request, parsed and answered, and nothing done.
import { fastify } from 'fastify'

const app = fastify()
app.put('/v2/feeds/:feedId/datastreams/:datastreamId', (_request, reply) => reply.code(200).send())
await app.listen({ port: 0, host: '127.0.0.1' })
const address = app.server.address()
process.send?.({ port: typeof address === 'object' ? address?.port : 0 })
