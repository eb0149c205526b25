import type { DeviceDocument, FeedDocument } from '@sluice/model'
import { LIMITS } from '@sluice/model'

export type MetadataForm = {
  name: string
  description: string
  isPrivate: boolean
  tags: readonly string[]
  website: string
  email: string
}

export function metadataForm(device: DeviceDocument, feed: FeedDocument): MetadataForm {
  return {
    name: device.name,
    description: feed.description ?? device.description ?? '',
    isPrivate: device.private,
    tags: feed.tags ?? [],
    website: feed.website ?? '',
    email: feed.email ?? '',
  }
}

export type MetadataErrors = Partial<Record<'name' | 'tags' | 'website' | 'email', string>>

export function metadataErrors(form: MetadataForm): MetadataErrors {
  return {
    ...(form.name.trim() === '' ? { name: 'Give the device a name.' } : {}),
    ...(form.tags.join(',').length > LIMITS.tagsCharsMax
      ? { tags: `All tags together: at most ${LIMITS.tagsCharsMax} characters.` }
      : {}),
    ...(form.website === '' || /^https?:\/\/\S+$/.test(form.website)
      ? {}
      : { website: 'An address that starts with https:// or http://.' }),
    ...(form.email === '' || /^[^\s@]+@[^\s@]+$/.test(form.email)
      ? {}
      : { email: 'An address like name@example.org.' }),
  }
}
