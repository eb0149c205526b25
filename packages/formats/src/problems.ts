import { LIMITS, SluiceError } from '@sluice/model'

/** Sentences about what is wrong with a body, each beginning with the member's name (API v2 `full_messages`). */
export type Problems = string[]

/** How many sentences one answer carries: the rest would be the same again. */
const PROBLEMS_MAX = 20

/** @throws {SluiceError} `unprocessable` with every sentence once, when there are any */
export function refuseAny(problems: Problems): void {
  if (problems.length === 0) return
  throw new SluiceError('unprocessable', [...new Set(problems)].slice(0, PROBLEMS_MAX))
}

export const tooManyDatapoints = (): SluiceError =>
  new SluiceError('unprocessable', [
    `datapoints can't be more than ${LIMITS.datapointsPerRequestMax} in one request; nothing was stored`,
  ])
