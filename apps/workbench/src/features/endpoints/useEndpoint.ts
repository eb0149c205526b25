import type { EndpointDocument } from '@sluice/model'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import type { UseMutationResult, UseQueryResult } from '@tanstack/react-query'
import { client } from '../../client.ts'

export function useEndpoint(id: number): UseQueryResult<EndpointDocument> {
  return useQuery({
    queryKey: ['endpoint', id],
    queryFn: () => client.endpoints.get(id),
    enabled: Number.isSafeInteger(id) && id > 0,
  })
}

export type EndpointChange = { paused?: boolean; enabled?: true; verifies_tls?: boolean }

export function useChangeEndpoint(id: number): UseMutationResult<unknown, Error, EndpointChange> {
  const queries = useQueryClient()
  return useMutation({
    mutationFn: (change: EndpointChange) => client.endpoints.update(id, change),
    onSuccess: () => renew(queries, id),
  })
}

/** Sends again all that failed for good since a time. Answers how many. */
export function useResendFailed(): UseMutationResult<number, Error, { id: number; since: string }> {
  const queries = useQueryClient()
  return useMutation({
    mutationFn: ({ id, since }: { id: number; since: string }) => client.endpoints.redeliver(id, since),
    onSuccess: (_, { id }) => renew(queries, id),
  })
}

/** Shows the secret of an endpoint, or makes a new one, against the owner's password; the server records it. */
export function useSecret(
  id: number,
): UseMutationResult<
  { secret: string; previousUntil: string | null },
  Error,
  { action: 'reveal' | 'rotate'; password: string }
> {
  const queries = useQueryClient()
  return useMutation({
    async mutationFn({ action, password }: { action: 'reveal' | 'rotate'; password: string }) {
      if (action === 'reveal') {
        return { secret: await client.endpoints.revealSecret(id, password), previousUntil: null }
      }
      const { secret, previous_until: previousUntil } = await client.endpoints.rotateSecret(id, password)
      return { secret, previousUntil }
    },
    onSuccess: () => renew(queries, id),
  })
}

async function renew(queries: ReturnType<typeof useQueryClient>, id: number): Promise<void> {
  await Promise.all([['endpoints'], ['endpoint', id]].map((queryKey) => queries.invalidateQueries({ queryKey })))
}
