import type { IncomingMessage } from 'node:http'

/** Reads the whole body. `done` is called once: with null if it is longer than `bytesMax` or does not come whole. */
export function readBody(request: IncomingMessage, bytesMax: number, done: (body: Buffer | null) => void): void {
  const chunks: Buffer[] = []
  let bytes = 0
  const end = (body: Buffer | null): void => {
    request.off('data', onData).off('end', onEnd).off('close', onClose)
    done(body)
  }
  const onData = (chunk: Buffer): void => {
    bytes += chunk.length
    if (bytes > bytesMax) end(null)
    else chunks.push(chunk)
  }
  const onEnd = (): void => end(chunks.length === 1 ? (chunks[0] ?? null) : Buffer.concat(chunks))
  const onClose = (): void => end(null)
  request.on('data', onData).on('end', onEnd).on('close', onClose)
}
