import type { EndpointDocument, NewTriggerDocument, TriggerDocument } from '@sluice/model'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import type { UseMutationResult, UseQueryResult } from '@tanstack/react-query'
import { client } from '../../client.ts'

/** All triggers of the account, newest first. */
export function useTriggers(): UseQueryResult<TriggerDocument[]> {
  return useQuery({
    queryKey: ['triggers'],
    queryFn: async () => (await client.triggers.list()).toSorted((a, b) => b.id - a.id),
  })
}

export function useTrigger(id: number): UseQueryResult<TriggerDocument> {
  return useQuery({
    queryKey: ['trigger', id],
    queryFn: () => client.triggers.get(id),
    enabled: Number.isSafeInteger(id) && id > 0,
  })
}

/** The endpoints of the account, and one by its id. */
export function useEndpoints(): {
  endpoints: EndpointDocument[]
  endpointOf(id: number): EndpointDocument | undefined
} {
  const { data: endpoints = [] } = useQuery({ queryKey: ['endpoints'], queryFn: () => client.endpoints.list() })
  return { endpoints, endpointOf: (id) => endpoints.find((endpoint) => endpoint.id === id) }
}

/** Saves a new trigger, or another version of one. Answers its id. */
export function useSaveTrigger(id: number | null): UseMutationResult<number, Error, NewTriggerDocument> {
  const queries = useQueryClient()
  return useMutation({
    async mutationFn(document: NewTriggerDocument) {
      if (id === null) return client.triggers.create(document)
      await client.triggers.update(id, document)
      return id
    },
    onSuccess: (saved) => renew(queries, saved),
  })
}

export type TriggerAction = 'pause' | 'resume' | 'arm' | 'test' | 'remove'

/** Everything that is done to a trigger besides editing it. A test answers the id of its delivery. */
export function useTriggerAction(trigger: TriggerDocument): UseMutationResult<string | null, Error, TriggerAction> {
  const queries = useQueryClient()
  return useMutation({
    async mutationFn(action: TriggerAction) {
      if (action === 'test') return client.triggers.test(trigger.id)
      if (action === 'remove') await client.triggers.remove(trigger.id)
      else if (action === 'arm') await client.triggers.arm(trigger.id)
      else await client.triggers.update(trigger.id, { enabled: action === 'resume' })
      return null
    },
    async onSuccess(_, action) {
      if (action !== 'remove') return renew(queries, trigger.id)
      await queries.invalidateQueries({ queryKey: ['triggers'] })
    },
  })
}

async function renew(queries: ReturnType<typeof useQueryClient>, id: number): Promise<void> {
  await Promise.all(
    [['triggers'], ['trigger', id], ['trace', id], ['endpoints']].map((queryKey) =>
      queries.invalidateQueries({ queryKey }),
    ),
  )
}
