import { numberOf } from '@sluice/model'
import { CONDITION_SHAPES } from './trigger-form.ts'
import type { ConditionForm } from './trigger-form.ts'

/** A number of the rule as a line over the graph. */
export type PreviewLine = {
  /** of the condition, and which of its fields */
  index: number
  field: 'threshold' | 'low' | 'high'
  label: string
  value: number
}
/** Values for which a condition holds, open ends are null. */
export type PreviewZone = { from: number | null; to: number | null }

const LABELS = { threshold: 'Threshold', low: 'Lower bound', high: 'Upper bound' }

/** The lines of one channel. What is no number yet has none. */
export function previewLines(conditions: readonly ConditionForm[], streamId: string): PreviewLine[] {
  return conditions.flatMap((condition, index) => {
    if (condition.streamId !== streamId) return []
    const shape = CONDITION_SHAPES[condition.type]
    const fields =
      shape === 'threshold' ? (['threshold'] as const) : shape === 'bounds' ? (['low', 'high'] as const) : []
    return fields.flatMap((field) => {
      const value = numberOf(condition[field].trim())
      return value === null ? [] : [{ index, field, label: LABELS[field], value }]
    })
  })
}

/** Where the conditions on one channel hold. */
export function previewZones(conditions: readonly ConditionForm[], streamId: string): PreviewZone[] {
  return conditions.flatMap((condition): PreviewZone[] => {
    if (condition.streamId !== streamId) return []
    const [threshold, low, high] = [condition.threshold, condition.low, condition.high].map((text) =>
      numberOf(text.trim()),
    )
    switch (condition.type) {
      case 'gt':
      case 'gte':
        return threshold == null ? [] : [{ from: threshold, to: null }]
      case 'lt':
      case 'lte':
        return threshold == null ? [] : [{ from: null, to: threshold }]
      case 'between':
        return low == null || high == null ? [] : [{ from: low, to: high }]
      case 'outside':
        return [...(low == null ? [] : [{ from: null, to: low }]), ...(high == null ? [] : [{ from: high, to: null }])]
      case 'eq':
      case 'change':
      case 'rise':
      case 'fall':
      case 'frozen':
      case 'live':
        break
    }
    return []
  })
}

/** A range of values that shows the data and every line, with the same room as without lines. */
export function withLines(
  low: number | null,
  high: number | null,
  lines: readonly Pick<PreviewLine, 'value'>[],
): [number | null, number | null] {
  const values = [...[low, high].filter((bound) => bound !== null), ...lines.map(({ value }) => value)]
  return values.length === 0 ? [null, null] : [Math.min(...values), Math.max(...values)]
}

/** A step that people like (1, 2 or 5 times a power of ten), about a 200th of a range. */
export function niceStep(span: number): number {
  if (!(span > 0) || !Number.isFinite(span)) return 1
  const raw = span / 200
  const power = 10 ** Math.floor(Math.log10(raw))
  // a little less, because 5 may come out as 5.000000000000001
  const lead = raw / power - 1e-9
  return power * (lead <= 1 ? 1 : lead <= 2 ? 2 : lead <= 5 ? 5 : 10)
}

/** A value at the next step, as text without the noise of binary fractions. */
export function snapped(value: number, step: number): string {
  const digits = Math.min(12, Math.max(0, Math.ceil(-Math.log10(step) - 1e-9)))
  const text = (Math.round(value / step) * step).toFixed(digits)
  const plain = text.includes('.') ? text.replace(/\.?0+$/, '') : text
  return plain === '-0' ? '0' : plain
}
