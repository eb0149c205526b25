import { ApiError } from '@sluice/sdk'

/** An error as sentences for people: the server's own words where it gave some, a next step where it did not. */
export function errorWords(error: unknown): string[] {
  if (error instanceof ApiError) {
    if (error.errors.length > 0) return error.errors
    return [`${error.title} (${error.status}).`]
  }
  if (error instanceof TypeError) return ['The server cannot be reached. Check that Sluice is running, then try again.']
  return [error instanceof Error && error.message !== '' ? error.message : 'Something went wrong.']
}

/** Whether the server says that nobody is signed in (any more). */
export function isSignedOut(error: unknown): boolean {
  return error instanceof ApiError && error.status === 401
}
