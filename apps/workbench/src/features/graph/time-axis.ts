const DAY_S = 86_400

/**
 * Labels of a time axis in the reader's language and zone: hours and minutes, with the date below wherever a new day
 * begins; dates alone where a step is a day or more.
 * @param splits seconds since 1970, ascending
 */
export function timeLabels(splits: readonly number[], locale?: string): string[] {
  const stepS = splits.length < 2 ? 60 : (splits[1] ?? 0) - (splits[0] ?? 0)
  const date = new Intl.DateTimeFormat(locale, { day: 'numeric', month: 'short' })
  if (stepS >= DAY_S) {
    const month = new Intl.DateTimeFormat(locale, { month: 'short', year: 'numeric' })
    return splits.map((split) => (stepS > 27 * DAY_S ? month : date).format(split * 1000))
  }
  const time = new Intl.DateTimeFormat(locale, {
    hour: '2-digit',
    minute: '2-digit',
    ...(stepS < 60 ? { second: '2-digit' } : {}),
  })
  return splits.map((split, index) => {
    const day = date.format(split * 1000)
    const before = splits[index - 1]
    const isNewDay = before === undefined || date.format(before * 1000) !== day
    return isNewDay ? `${time.format(split * 1000)}\n${day}` : time.format(split * 1000)
  })
}
