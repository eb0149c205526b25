import type { DeviceDocument, FeedDocument } from '@sluice/model'
import { LIMITS } from '@sluice/model'
import { useState } from 'react'
import type { ReactNode } from 'react'
import { Button } from '../../ui/Button.tsx'
import { ErrorText } from '../../ui/ErrorNotice.tsx'
import { TextArea, TextField } from '../../ui/Field.tsx'
import { PrivacyChoice } from '../devices/PrivacyChoice.tsx'
import { TagsField } from './TagsField.tsx'
import { metadataErrors, metadataForm } from './metadata-form.ts'
import type { MetadataForm } from './metadata-form.ts'
import { useSaveMetadata } from './useSaveMetadata.ts'

export function MetadataTab({ device, feed }: { device: DeviceDocument; feed: FeedDocument }): ReactNode {
  const [draft, setDraft] = useState<MetadataForm | null>(null)
  const { mutate, isPending, error } = useSaveMetadata(device)
  const form = draft ?? metadataForm(device, feed)
  const errors = metadataErrors(form)
  const change = (part: Partial<MetadataForm>): void => setDraft({ ...form, ...part })
  const creator = feed.user?.login ?? feed.creator.split('/').at(-1) ?? ''
  return (
    <form
      noValidate
      className="panel grid gap-5 p-5"
      onSubmit={(event) => {
        event.preventDefault()
        if (Object.keys(errors).length === 0) mutate(form, { onSuccess: () => setDraft(null) })
      }}
    >
      <TextField
        label="Name"
        maxLength={LIMITS.titleCharsMax}
        value={form.name}
        onChange={(event) => change({ name: event.currentTarget.value })}
        error={errors.name}
      />
      <TextArea
        label="Description"
        isOptional
        maxLength={LIMITS.descriptionCharsMax}
        value={form.description}
        onChange={(event) => change({ description: event.currentTarget.value })}
      />
      <TagsField tags={form.tags} error={errors.tags} onChange={(tags) => change({ tags })} />
      <div className="grid gap-5 sm:grid-cols-2">
        <TextField
          label="Website"
          type="url"
          isOptional
          placeholder="https://"
          maxLength={LIMITS.urlCharsMax}
          value={form.website}
          onChange={(event) => change({ website: event.currentTarget.value })}
          error={errors.website}
        />
        <TextField
          label="Contact email"
          type="email"
          isOptional
          maxLength={LIMITS.titleCharsMax}
          value={form.email}
          onChange={(event) => change({ email: event.currentTarget.value })}
          error={errors.email}
        />
      </div>
      <TextField label="Creator" readOnly value={creator} />
      <PrivacyChoice isPrivate={form.isPrivate} onChange={(isPrivate) => change({ isPrivate })} />
      <ErrorText error={error} />
      <div className="flex justify-end gap-2">
        {draft !== null && <Button onClick={() => setDraft(null)}>Discard</Button>}
        <Button look="primary" type="submit" disabled={draft === null} isBusy={isPending}>
          Save metadata
        </Button>
      </div>
    </form>
  )
}
