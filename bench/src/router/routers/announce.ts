/** Tells the benchmark where this router listens, and lets it ask for a garbage collection (`--expose-gc`). */
export function announce(address: unknown): void {
  const { port } = address as { port: number }
  process.on('message', () => {
    globalThis.gc?.()
    process.send?.({ collected: true })
  })
  // an orderly exit, after which a profile is written if one was asked for
  process.once('SIGTERM', () => process.exit(0))
  process.send?.({ port })
}
