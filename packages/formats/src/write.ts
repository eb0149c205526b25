import type { ApiVersion, Representation, TextFormat } from '@sluice/model'

export function writeRepresentation(
  representation: Representation,
  as: { format: TextFormat; version: ApiVersion },
): string | null {
  return as.format === 'json' ? JSON.stringify(representation.document) : null
}
