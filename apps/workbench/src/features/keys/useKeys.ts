import type { KeyDocument } from '@sluice/model'
import type { KeyWrite } from '@sluice/sdk'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import type { UseMutationResult, UseQueryResult } from '@tanstack/react-query'
import { client } from '../../client.ts'

/** Keys that reach a feed: bound to it, or to nothing at all. Masked; those bound to the feed come first. */
export function useKeys(feedId: number | undefined): UseQueryResult<KeyDocument[]> {
  return useQuery({
    queryKey: ['keys'],
    queryFn: () => client.keys.list(),
    enabled: feedId !== undefined,
    select: (keys) => {
      const bound = keys.filter((key) => isBoundTo(key, feedId))
      return [...bound, ...keys.filter((key) => !bound.includes(key) && isFree(key))]
    },
  })
}

const isBoundTo = (key: KeyDocument, feedId: number | undefined): boolean =>
  key.permissions.some(({ resources = [] }) => resources.some(({ feed_id }) => feed_id === feedId))

const isFree = (key: KeyDocument): boolean => key.permissions.some(({ resources = [] }) => resources.length === 0)

export function useAddKey(): UseMutationResult<{ id: number | null; api_key: string }, Error, KeyWrite> {
  const queries = useQueryClient()
  return useMutation({
    mutationFn: (key: KeyWrite) => client.keys.create(key),
    onSuccess: () => queries.invalidateQueries({ queryKey: ['keys'] }),
  })
}

export function useRemoveKey(): UseMutationResult<void, Error, number> {
  const queries = useQueryClient()
  return useMutation({
    mutationFn: (id: number) => client.keys.remove(id),
    onSuccess: () => queries.invalidateQueries({ queryKey: ['keys'] }),
  })
}

/** Shows a key in clear, against the owner's password; the server records it. */
export function useRevealKey(): UseMutationResult<string, Error, { id: number; password: string }> {
  return useMutation({
    mutationFn: ({ id, password }: { id: number; password: string }) => client.keys.reveal(id, password),
  })
}
