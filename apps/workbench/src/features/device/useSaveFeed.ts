import type { FeedWrite } from '@sluice/sdk'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import type { UseMutationResult } from '@tanstack/react-query'
import { client } from '../../client.ts'
import { showToast } from '../../ui/toasts.ts'

/** Changes metadata of a feed, reads it again, and says that it is saved. */
export function useSaveFeed(feedId: number): UseMutationResult<void, Error, FeedWrite> {
  const queries = useQueryClient()
  return useMutation({
    mutationFn: (feed: FeedWrite) => client.feeds.update(feedId, feed),
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: ['feed', feedId] })
      showToast({ kind: 'ok', text: 'Saved.' })
    },
  })
}
