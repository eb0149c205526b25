import type { DeviceDocument } from '@sluice/model'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import type { UseMutationResult } from '@tanstack/react-query'
import { client } from '../../client.ts'
import { showToast } from '../../ui/toasts.ts'
import type { MetadataForm } from './metadata-form.ts'

/** Saves what belongs to the device (its feed follows) and what belongs to the feed alone. */
export function useSaveMetadata(device: DeviceDocument): UseMutationResult<void, Error, MetadataForm> {
  const queries = useQueryClient()
  return useMutation({
    async mutationFn(form: MetadataForm) {
      await client.devices.update(device.id, {
        name: form.name.trim(),
        description: form.description.trim(),
        private: form.isPrivate,
      })
      await client.feeds.update(device.feed_id, {
        description: form.description.trim(),
        tags: [...form.tags],
        website: form.website.trim(),
        email: form.email.trim(),
      })
    },
    onSuccess: async () => {
      await Promise.all(
        [['devices'], ['device', device.id], ['feed', device.feed_id]].map((queryKey) =>
          queries.invalidateQueries({ queryKey }),
        ),
      )
      showToast({ kind: 'ok', text: 'Saved.' })
    },
  })
}
