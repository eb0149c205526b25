/** What the router allows a session. Bytes are those a transport reports as buffered. */
export interface RouterLimits {
  /** From the transport's opening to WELCOME. */
  handshakeMs: number
  /** Size of a message before WELCOME. */
  helloBytesMax: number
  /** Above this EVENTs to the session wait or are lost by the overflow policy, and calls to it are refused. */
  highWaterBytes: number
  /** Above this the session is closed: what is queued then are answers, which may not be dropped. */
  hardLimitBytes: number
  /** EVENTs that wait for a congested session where its overflow policy lets them, of at most highWaterBytes. */
  queueEventsMax: number
  /** How long a GOODBYE of ours waits for its answer. */
  goodbyeMs: number
  subscriptionsMax: number
  registrationsMax: number
  /** Calls in flight per caller. */
  callsMax: number
  /**
   * Messages that may wait behind one that is being authorized or is ahead of its rate, of at most hardLimitBytes.
   * Reading pauses at a quarter of it, or at highWaterBytes.
   */
  waitingMax: number
}

export const ROUTER_LIMITS: RouterLimits = {
  handshakeMs: 10_000,
  helloBytesMax: 4096,
  highWaterBytes: 2 ** 20,
  hardLimitBytes: 4 * 2 ** 20,
  queueEventsMax: 1000,
  goodbyeMs: 1000,
  subscriptionsMax: 1000,
  registrationsMax: 1000,
  callsMax: 1000,
  waitingMax: 4096,
}
