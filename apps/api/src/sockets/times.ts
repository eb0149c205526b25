/** Milliseconds; tests shorten them. */
export type Times = {
  /** from the first byte of a message to its last, over TCP; and from the connection to its first message */
  messageMs: number
  /** between two pings of a WebSocket; who lets one go unanswered is cut off at the next */
  pingMs: number
  /** how long a client may take nothing of what waits for it */
  stuckMs: number
  /** from our end of a connection to the client's */
  closeMs: number
  /** between two looks at the keys of subscriptions: what becomes of them takes effect within 5 s */
  reviewMs: number
}

export const TIMES: Omit<Times, 'messageMs'> = { pingMs: 20_000, stuckMs: 30_000, closeMs: 2000, reviewMs: 2000 }
