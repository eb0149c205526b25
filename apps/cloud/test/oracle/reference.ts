/** A stored datapoint, in the order of commits: by arrival, within one commit by time. */
export type StoredPoint = { datastream: string; at: string; value: string; isLate: boolean }
export type ReferenceTrigger = { id: number; datastream: string; type: string; threshold: number }

/**
 * What API v2's triggers must do with these points, written down a second time and as plainly as can be: a comparison
 * fires when it becomes true, `change` when the value differs; late points do nothing.
 * @returns `<trigger> <time>` of every crossing
 */
export function expectedCrossings(points: readonly StoredPoint[], triggers: readonly ReferenceTrigger[]): Set<string> {
  const crossings = new Set<string>()
  for (const trigger of triggers) {
    let before: string | null = null
    let wasTrue = false
    for (const { datastream, at, value, isLate } of points) {
      if (datastream !== trigger.datastream || isLate) continue
      const isTrue = trigger.type === 'change' ? before !== null && before !== value : compare(trigger, Number(value))
      if (isTrue && (trigger.type === 'change' || !wasTrue)) crossings.add(`${trigger.id} ${at}`)
      wasTrue = isTrue
      before = value
    }
  }
  return crossings
}

function compare({ type, threshold }: ReferenceTrigger, value: number): boolean {
  if (type === 'gt') return value > threshold
  if (type === 'gte') return value >= threshold
  if (type === 'lt') return value < threshold
  if (type === 'lte') return value <= threshold
  return value === threshold
}
