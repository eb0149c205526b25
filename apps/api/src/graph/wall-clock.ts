/** What clocks in one time zone show. Wall times are milliseconds, written as if the zone were UTC. */
export type WallClock = {
  timeZone: string
  wallOf(ms: number): number
  /** @returns the first instant at which the clock shows this, or what comes after the gap that swallows it */
  instantOf(wallMs: number): number
}

/** @param timeZone one that Intl knows */
export function makeWallClock(timeZone: string): WallClock {
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  })

  const wallOf = (ms: number): number => {
    const second = Math.floor(ms / 1000) * 1000
    const parts = new Map(format.formatToParts(second).map(({ type, value }) => [type, Number(value)]))
    const part = (type: Intl.DateTimeFormatPartTypes): number => parts.get(type) ?? 0
    const date = Date.UTC(part('year'), part('month') - 1, part('day'))
    return date + ((part('hour') * 60 + part('minute')) * 60 + part('second')) * 1000 + (ms - second)
  }

  const instantOf = (wallMs: number): number => {
    // offsets before and after a change near by; the larger one gives the earlier instant
    const offsets = [wallMs - DAY_MS, wallMs + DAY_MS].map((ms) => wallOf(ms) - ms).sort((a, b) => b - a)
    const exact = offsets.map((offset) => wallMs - offset).find((ms) => wallOf(ms) === wallMs)
    // in a gap the offset before it, the smaller one, leads behind it
    return exact ?? wallMs - (offsets.at(-1) ?? 0)
  }

  return { timeZone, wallOf, instantOf }
}

const DAY_MS = 86_400_000
