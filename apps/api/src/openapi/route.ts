import type { FastifyInstance } from 'fastify'
import type { Route } from '../route.ts'
import { openApiOf } from './document.ts'

const VERSION = '0.1.0'

/**
 * `GET /openapi.json`: the API as OpenAPI 3.1, for programs and for the pages at `/docs`. Says nothing that the sources do
 * not, so it needs no key.
 * @throws {Error} at start, when a route is not documented
 */
export function addApiDocument(
  app: FastifyInstance,
  routes: readonly Route[],
  { state, cookieName }: { state: { readonly publicUrl: string }; cookieName: string },
): void {
  const write = (publicUrl: string): { publicUrl: string; text: string } => ({
    publicUrl,
    text: JSON.stringify(openApiOf(routes, { publicUrl, version: VERSION, cookieName })),
  })
  let made = write(state.publicUrl)
  app.get('/openapi.json', (_request, reply) => {
    const { publicUrl } = state
    // a free port is known only once it listens
    if (made.publicUrl !== publicUrl) made = write(publicUrl)
    reply.header('cache-control', 'no-cache').header('access-control-allow-origin', '*')
    reply.header('x-content-type-options', 'nosniff')
    return reply.type('application/json; charset=utf-8').send(made.text)
  })
}
