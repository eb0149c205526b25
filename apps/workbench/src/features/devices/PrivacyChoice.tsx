import type { ReactNode } from 'react'
import { Choice } from '../../ui/Field.tsx'

/** Private or public, each with what it means. */
export function PrivacyChoice({
  isPrivate,
  onChange,
}: {
  isPrivate: boolean
  onChange(next: boolean): void
}): ReactNode {
  return (
    <fieldset className="grid gap-2">
      <legend className="mb-1.5 font-medium">Who can see its data</legend>
      <Choice
        kind="radio"
        name="privacy"
        value="private"
        label="Private"
        note="Only you, and keys of yours that may see private feeds."
        isChecked={isPrivate}
        onChange={() => onChange(true)}
      />
      <Choice
        kind="radio"
        name="privacy"
        value="public"
        label="Public"
        note="Anyone with a key on this server can read it and find it by search. Only your keys can write."
        isChecked={!isPrivate}
        onChange={() => onChange(false)}
      />
    </fieldset>
  )
}
