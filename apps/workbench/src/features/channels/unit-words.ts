import type { UnitDocument } from '@sluice/model'

/** How a unit is written behind a value: its symbol, or its label where it has none. */
export function unitWords(unit: UnitDocument | undefined): string {
  return unit?.symbol ?? unit?.label ?? ''
}
