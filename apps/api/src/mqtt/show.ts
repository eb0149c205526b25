import { writeRepresentation } from '@sluice/formats'
import type { DatastreamDocument, Feed, KeyPrincipal, Micros } from '@sluice/model'
import { liveRepresentation } from '../live-representation.ts'
import type { Shown } from './topic.ts'

export type View = { principal: KeyPrincipal; publicUrl: string; now: Micros }

/**
 * The payload of a subscription: the document that GET would answer, or the current value alone, or an object of the
 * current values by their datastreams.
 * @param only datastreams of which values are shown, null for all; documents are always whole
 * @returns null where there is nothing that this key may see
 */
export function show(feed: Feed | null, shown: Shown, view: View, only: ReadonlySet<string> | null): string | null {
  const { datastreamId } = shown
  const representation = liveRepresentation(feed, { ...view, ...(datastreamId !== null && { datastreamId }) })
  if (!representation) return null
  if (shown.as === 'document') return writeRepresentation(representation, shown)
  if (representation.kind === 'datastream') return representation.document.current_value ?? null
  return representation.kind === 'feed' ? valuesOf(representation.document.datastreams ?? [], only) : null
}

/** @returns null without any value */
function valuesOf(datastreams: readonly DatastreamDocument[], only: ReadonlySet<string> | null): string | null {
  const shown = datastreams.filter(({ id }) => only === null || only.has(id))
  const values = shown.flatMap(({ id, current_value: value }) => (value === undefined ? [] : [[id, value] as const]))
  return values.length === 0 ? null : JSON.stringify(Object.fromEntries(values))
}
