import { expect, test } from 'vitest'
import { createClient } from './client.ts'

const encoder = new TextEncoder()

/** A client whose server answers these pieces, and then perhaps breaks off. */
function exporting(pieces: string[], { status = 200, breaks = false } = {}) {
  const fetch = async (): Promise<Response> => {
    const body = new ReadableStream<Uint8Array>({
      pull(stream) {
        const piece = pieces.shift()
        if (piece !== undefined) stream.enqueue(encoder.encode(piece))
        else if (breaks) stream.error(new TypeError('terminated'))
        else stream.close()
      },
    })
    const headers = { 'content-disposition': 'attachment; filename="sluice-demo-2026-11-28.ndjson"' }
    return new Response(body, { status, headers })
  }
  return createClient({ baseUrl: 'http://sluice.test', fetch })
}

test.each([
  { name: 'a whole one', pieces: ['{"type":"feed"}\n', '{"type":"e', 'nd","feeds":1}\n'], isComplete: true },
  { name: 'one line', pieces: ['{"type":"end"}\n'], isComplete: true },
  { name: 'one without its last line', pieces: ['{"type":"feed"}\n', '{"type":"datapoints"}\n'], isComplete: false },
  { name: 'one cut in its last line', pieces: ['{"type":"feed"}\n{"type":"end","fe'], isComplete: false },
  { name: 'a value that looks like an end', pieces: ['{"value":"\\n{"type":"end"}"}\n'], isComplete: false },
  { name: 'nothing', pieces: [], isComplete: false },
])('an export is read to its end: $name', async ({ pieces, isComplete }) => {
  const text = pieces.join('')
  const seen: number[] = []
  const file = await exporting(pieces).account.export({ onBytes: (bytes) => seen.push(bytes) })
  expect(await file.content.text()).toBe(text)
  expect(file).toMatchObject({ name: 'sluice-demo-2026-11-28.ndjson', isComplete })
  expect(seen.at(-1) ?? 0).toBe(text.length)
})

test('a refused one, one that breaks off and one that is cancelled are errors', async () => {
  await expect(exporting([], { status: 503 }).account.export()).rejects.toMatchObject({ status: 503 })
  await expect(exporting(['{'], { breaks: true }).account.export()).rejects.toMatchObject({ status: 0 })
  const cancel = new AbortController()
  const cancelled = exporting(['{', '}']).account.export({
    signal: cancel.signal,
    onBytes() {
      cancel.abort()
      cancel.signal.throwIfAborted()
    },
  })
  await expect(cancelled).rejects.toMatchObject({ status: 0, title: 'Cancelled' })
})

test('pages link to it at the server that they come from', () => {
  expect(createClient({ baseUrl: 'http://sluice.test/' }).account.exportUrl()).toBe('http://sluice.test/v2/export')
})
