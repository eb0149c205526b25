/** The command line asks for something that is not there: one sentence, exit code 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}

/** Listening cannot begin, or cannot go on, and trying again would not help: one sentence, exit code 1. */
export class CannotListenError extends Error {
  override readonly name = 'CannotListenError'
}
