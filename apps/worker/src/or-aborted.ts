/** Ends a wait for something that takes no signal itself. @throws the signal's reason once it aborts */
export async function orAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const ended = Promise.withResolvers<never>()
  const end = (): void => ended.reject(signal.reason)
  if (signal.aborted) end()
  signal.addEventListener('abort', end, { once: true })
  try {
    return await Promise.race([work, ended.promise])
  } finally {
    signal.removeEventListener('abort', end)
  }
}

/** Why a signal ended what it was given to, as a sentence for the delivery log. */
export function reasonOfAbort(signal: AbortSignal): string {
  const isLate = signal.reason instanceof DOMException && signal.reason.name === 'TimeoutError'
  return isLate ? 'There was no complete answer in time' : 'The attempt was broken off'
}
