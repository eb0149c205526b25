/** What the simulated station measures, in the order in which it is shown. */
export const CHANNELS = [
  { id: 'temperature', unit: { label: 'Celsius', symbol: '°C', type: 'derivedSI' }, tags: ['simulated'] },
  { id: 'humidity', unit: { label: 'Relative humidity', symbol: '%' }, tags: ['simulated'] },
  { id: 'pressure', unit: { label: 'Hectopascal', symbol: 'hPa', type: 'derivedSI' }, tags: ['simulated'] },
  { id: 'wind', unit: { label: 'Metres per second', symbol: 'm/s', type: 'derivedSI' }, tags: ['simulated'] },
  { id: 'rain', unit: { label: 'Millimetres per hour', symbol: 'mm/h' }, tags: ['simulated'] },
] as const
export type ChannelId = (typeof CHANNELS)[number]['id']

const HOUR_MS = 3600_000
const DAY_MS = 24 * HOUR_MS

/**
 * Plausible weather at an instant: a daily curve, slow fronts and small noise. The same instant always has the same
 * weather, so sending a stretch again stores nothing twice.
 * @param ms since 1970
 * @returns decimal text as a sensor would send it, for each channel
 */
export function weatherAt(ms: number): Record<ChannelId, string> {
  // warmest around 15 h, coldest around 3 h
  const sun = Math.cos(((ms - 15 * HOUR_MS) / DAY_MS) * 2 * Math.PI)
  const front = noise(ms / (9 * HOUR_MS), 1)
  const breeze = noise(ms / 600_000, 2)
  const temperature = 14 + 6 * sun + 3 * front + 0.3 * noise(ms / 60_000, 3) + 0.05 * noise(ms / 1000, 4)
  const humidity = 65 - 18 * sun - 10 * front + 2 * noise(ms / 120_000, 5)
  const pressure = 1013 - 9 * noise(ms / (14 * HOUR_MS), 6) + 0.4 * noise(ms / 300_000, 7)
  const wind = Math.max(0, 3.5 + 1.5 * sun + 2.5 * breeze + 0.8 * noise(ms / 5000, 8))
  // it rains while a wet front passes, in showers
  const rain = Math.max(0, noise(ms / (5 * HOUR_MS), 9) - 0.35) * 9 * Math.max(0, 0.6 + noise(ms / 900_000, 10))
  return {
    temperature: temperature.toFixed(1),
    humidity: Math.min(100, Math.max(5, humidity)).toFixed(0),
    pressure: pressure.toFixed(1),
    wind: wind.toFixed(1),
    rain: rain.toFixed(1),
  }
}

/** Smooth value noise in -1 to 1: random at whole numbers, eased in between. */
function noise(x: number, seed: number): number {
  const step = Math.floor(x)
  const part = x - step
  const ease = part * part * (3 - 2 * part)
  return random(step, seed) * (1 - ease) + random(step + 1, seed) * ease
}

/** The same number in -1 to 1 for the same arguments: a 32-bit integer hash (Wang's mixing steps). */
function random(step: number, seed: number): number {
  let hash = Math.imul(step ^ Math.imul(seed, 0x9e3779b1), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  hash ^= hash >>> 16
  return (hash >>> 0) / 0x7fffffff - 1
}
