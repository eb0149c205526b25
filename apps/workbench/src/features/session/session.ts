import type { SessionDocument } from '@sluice/model'
import { queryOptions, useQuery } from '@tanstack/react-query'
import { client } from '../../client.ts'

/** Who is signed in; null for nobody. */
export const sessionQuery = queryOptions({
  queryKey: ['session'],
  queryFn: async () => (mayBeSignedIn() ? noted(await client.session.current()) : null),
  staleTime: 5 * 60_000,
  retry: false,
})

/** The session of a page behind sign-in; null only while signing out. */
export function useSession(): SessionDocument | null {
  return useQuery(sessionQuery).data ?? null
}

/** Says that somebody signed in here before; the session itself is a cookie that scripts cannot see. */
const STORAGE_KEY = 'sluice.signed-in'

/** Whether it is worth asking. A first visitor is spared a request that can only be refused. */
function mayBeSignedIn(): boolean {
  try {
    return localStorage.getItem(STORAGE_KEY) !== null
  } catch {
    return true
  }
}

/** Remembers whether somebody is signed in. */
export function noted(session: SessionDocument | null): SessionDocument | null {
  try {
    if (session === null) localStorage.removeItem(STORAGE_KEY)
    else localStorage.setItem(STORAGE_KEY, 'yes')
  } catch {
    // storage is blocked: the server is asked each time
  }
  return session
}
