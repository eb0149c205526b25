/** Milliseconds; tests shorten them. */
export type Timing = { pollMs: number; gapMs: number; attemptMs: number; drainMs: number; writeMs: number }

export const TIMING: Timing = {
  /** a claim at least so often, for what became due */
  pollMs: 250,
  /** and at most so often: what comes in between is claimed together */
  gapMs: 10,
  /** one attempt, in all */
  attemptMs: 15_000,
  /** for what is under way when the worker goes */
  drainMs: 15_000,
  /** and then for recording what came of it */
  writeMs: 5_000,
}
