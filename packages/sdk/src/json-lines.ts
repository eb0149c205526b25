import { takePieces } from './pieces.ts'

/**
 * Takes an answer line by line, at the pace of whoever reads them. The last line may lack its end.
 * @param send asks, until the signal that it gets says otherwise
 * @param parts.signal of the caller
 * @throws {ApiError} as `Http.lines` says
 */
export async function takeLines(
  send: (signal: AbortSignal) => Promise<Response>,
  { signal, onLine }: { signal?: AbortSignal | undefined; onLine(line: string): void },
): Promise<void> {
  const decoder = new TextDecoder()
  let rest = ''
  const take = (text: string): void => {
    const lines = (rest + text).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) if (line !== '') onLine(line)
  }
  await takePieces(send, { signal, onPiece: (piece) => take(decoder.decode(piece, { stream: true })) })
  take(`${decoder.decode()}\n`)
}
