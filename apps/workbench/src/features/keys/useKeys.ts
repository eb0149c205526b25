import type { KeyCheckDocument, KeyDocument } from '@sluice/model'
import type { KeyQuestion, KeyWrite, MadeKey } from '@sluice/sdk'
import { keepPreviousData, useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import type { UseMutationResult, UseQueryResult } from '@tanstack/react-query'
import { client } from '../../client.ts'
import { sortKeys } from './sort-keys.ts'

/** how often the list asks who used a key */
const REFRESH_MS = 10_000

/** Keys that reach a feed: bound to it, or to nothing at all. Masked; those bound to the feed come first. */
export function useKeys(feedId: number | undefined): UseQueryResult<KeyDocument[]> {
  return useQuery({
    queryKey: ['keys'],
    queryFn: () => client.keys.list(),
    enabled: feedId !== undefined,
    select: (keys) => sortKeys(keys, feedId ?? 0).reaching,
  })
}

/** All keys of the account, renewed while they are looked at. Masked. */
export function useAllKeys(): UseQueryResult<KeyDocument[]> {
  return useQuery({ queryKey: ['keys'], queryFn: () => client.keys.list(), refetchInterval: REFRESH_MS })
}

/** Adds a key, or changes the one with this number; a new one is answered in clear. */
export function useSaveKey(id: number | null): UseMutationResult<MadeKey | null, Error, KeyWrite> {
  const queries = useQueryClient()
  return useMutation({
    async mutationFn(key: KeyWrite) {
      if (id === null) return client.keys.create(key)
      await client.keys.update(id, key)
      return null
    },
    onSuccess: () => queries.invalidateQueries({ queryKey: ['keys'] }),
  })
}

/** Gives a key a new text, which is answered; the old one works for so many hours, too. */
export function useRollKey(id: number): UseMutationResult<MadeKey, Error, number> {
  const queries = useQueryClient()
  return useMutation({
    mutationFn: (overlapHours: number) => client.keys.roll(id, overlapHours),
    onSuccess: () => queries.invalidateQueries({ queryKey: ['keys'] }),
  })
}

/** Ends an overlap. */
export function useEndRoll(id: number): UseMutationResult<void, Error, void> {
  const queries = useQueryClient()
  return useMutation({
    mutationFn: () => client.keys.endRoll(id),
    onSuccess: () => queries.invalidateQueries({ queryKey: ['keys'] }),
  })
}

/** Whether a key may do something; asked again when the question or the keys changed. */
export function useKeyCheck(id: number, question: KeyQuestion | null): UseQueryResult<KeyCheckDocument> {
  return useQuery({
    queryKey: ['keys', 'check', id, question],
    queryFn: () => {
      if (question === null) throw new Error('nothing is asked')
      return client.keys.check(id, question)
    },
    enabled: question !== null,
    placeholderData: keepPreviousData,
    staleTime: 0,
    gcTime: 0,
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
