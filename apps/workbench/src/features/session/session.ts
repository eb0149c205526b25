import type { SessionDocument } from '@sluice/model'
import { queryOptions, useQuery } from '@tanstack/react-query'
import { client } from '../../client.ts'

/** Who is signed in; null for nobody. */
export const sessionQuery = queryOptions({
  queryKey: ['session'],
  queryFn: () => client.session.current(),
  staleTime: 5 * 60_000,
  retry: false,
})

/** The session of a page behind sign-in; null only while signing out. */
export function useSession(): SessionDocument | null {
  return useQuery(sessionQuery).data ?? null
}
