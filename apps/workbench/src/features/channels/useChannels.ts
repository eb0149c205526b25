import type { FeedDocument } from '@sluice/model'
import type { DatastreamWrite } from '@sluice/sdk'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import type { UseMutationResult } from '@tanstack/react-query'
import { client } from '../../client.ts'

export type ChannelChange =
  | { kind: 'add' | 'edit'; stream: { id: string } & DatastreamWrite }
  | { kind: 'delete'; id: string }

/** Adds, edits or deletes a channel, then reads the feed again. */
export function useChangeChannel(feedId: number): UseMutationResult<void, Error, ChannelChange> {
  const queries = useQueryClient()
  return useMutation({
    async mutationFn(change: ChannelChange) {
      if (change.kind === 'delete') return client.datastreams.remove(feedId, change.id)
      if (change.kind === 'add') return client.datastreams.create(feedId, change.stream)
      const { id, ...write } = change.stream
      return client.datastreams.update(feedId, id, write)
    },
    onSuccess(_, change) {
      if (change.kind === 'delete') {
        queries.setQueryData<FeedDocument>(
          ['feed', feedId],
          (feed) => feed && { ...feed, datastreams: (feed.datastreams ?? []).filter(({ id }) => id !== change.id) },
        )
        queries.removeQueries({ queryKey: ['history', feedId, change.id] })
      }
      return queries.invalidateQueries({ queryKey: ['feed', feedId] })
    },
  })
}
