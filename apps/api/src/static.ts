import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { extname, join, relative, sep } from 'node:path'
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import type { FastifyReply, FastifyRequest } from 'fastify'

const TYPES: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.map': 'application/json; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.webp': 'image/webp',
  '.woff2': 'font/woff2',
  '.txt': 'text/plain; charset=utf-8',
  '.webmanifest': 'application/manifest+json',
}
/** The build puts a hash of the content into these names. */
const HASHED = /^\/assets\/.+-[\w-]{8,}\.\w+$/
const COMPRESSIBLE = /^(text\/|application\/(json|manifest)|image\/svg)/
const FILES_MAX = 2_000

type Page = { body: Buffer; zipped: Buffer | null; type: string; etag: string; isHashed: boolean }
export type Pages = {
  /** answers a GET or HEAD with a page; false where the path is none of the workbench's */
  serve(request: FastifyRequest, reply: FastifyReply): boolean
}

/** Reads the built workbench into memory: only what was built can be asked for, whatever a path says. */
export async function openPages(dir: string | undefined): Promise<Pages> {
  const files = dir === undefined ? new Map<string, Page>() : await readAll(dir)
  const index = files.get('/index.html') ?? makePage('/index.html', Buffer.from(PLAIN), null)
  return {
    serve(request, reply) {
      const path = request.url.split('?', 1)[0] ?? '/'
      if (request.method !== 'GET' && request.method !== 'HEAD') return false
      if (/^\/(v[12]|api|livez|readyz|metrics)(\/|$)/.test(path)) return false
      // a path with a dot in its last part names a file, the others are pages that the workbench itself tells apart
      const page = files.get(path) ?? (/\.[^/]*$/.test(path) ? null : index)
      if (!page) return false
      send(request, reply, page)
      return true
    },
  }
}

function send(request: FastifyRequest, reply: FastifyReply, page: Page): void {
  reply.headers(securityHeaders(request))
  reply.header('cache-control', page.isHashed ? 'public, max-age=31536000, immutable' : 'no-cache')
  reply.header('etag', page.etag)
  if (page.zipped) reply.header('vary', 'Accept-Encoding')
  if (request.headers['if-none-match'] === page.etag) {
    void reply.code(304).send()
    return
  }
  const isZipped = page.zipped !== null && /\bgzip\b/.test(request.headers['accept-encoding'] ?? '')
  if (isZipped) reply.header('content-encoding', 'gzip')
  void reply
    .code(200)
    .type(page.type)
    .send(isZipped ? page.zipped : page.body)
}

/** Scripts, styles and connections from here alone. WebSockets are named, because older browsers leave them out of 'self'. */
function securityHeaders(request: FastifyRequest): Record<string, string> {
  const host = /^[\w.:[\]-]{1,255}$/.test(request.headers.host ?? '') ? request.headers.host : undefined
  const sockets = host === undefined ? '' : ` ws://${host} wss://${host}`
  return {
    'content-security-policy':
      "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; font-src 'self'; " +
      `connect-src 'self'${sockets}; manifest-src 'self'; form-action 'self'; base-uri 'none'; ` +
      "frame-ancestors 'none'; object-src 'none'; require-trusted-types-for 'script'",
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-resource-policy': 'same-origin',
    'permissions-policy': 'camera=(), geolocation=(), microphone=(), payment=(), usb=()',
  }
}

async function readAll(dir: string): Promise<Map<string, Page>> {
  const files = new Map<string, Page>()
  const entries = await readdir(dir, { recursive: true, withFileTypes: true }).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return []
    throw error
  })
  for (const entry of entries.slice(0, FILES_MAX)) {
    if (!entry.isFile() || entry.name.startsWith('.')) continue
    const file = join(entry.parentPath, entry.name)
    const path = `/${relative(dir, file).split(sep).join('/')}`
    const body = await readFile(file)
    const isText = COMPRESSIBLE.test(TYPES[extname(path)] ?? '')
    files.set(path, makePage(path, body, isText ? await promisify(gzip)(body) : null))
  }
  return files
}

function makePage(path: string, body: Buffer, zipped: Buffer | null): Page {
  const etag = `"${createHash('sha256').update(body).digest('base64url').slice(0, 20)}"`
  const type = TYPES[extname(path)] ?? 'application/octet-stream'
  return { body, zipped, type, etag, isHashed: HASHED.test(path) }
}

const PLAIN = `<!doctype html>
<html lang="en">
<title>Sluice</title>
<h1>Sluice is running</h1>
<p>The API is at <code>/v2</code>. The workbench is not built here: run <code>pnpm build</code> and start again.</p>
</html>
`
