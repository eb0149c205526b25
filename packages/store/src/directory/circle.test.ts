import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type Circle, boxAround } from './circle.ts'

test.each([
  { lat: 0, lon: 0, km: 111.195, box: [-1, 1, -1, 1] },
  { lat: 60, lon: 10, km: 111.195, box: [59, 61, 8, 12] },
  { lat: 0, lon: 179.5, km: 111.195, box: [-1, 1, 178.5, -179.5] },
  { lat: 0, lon: -179.5, km: 111.195, box: [-1, 1, 179.5, -178.5] },
  { lat: 89.5, lon: 10, km: 111.195, box: [88.5, 90, -180, 180] },
  { lat: -89.5, lon: 10, km: 111.195, box: [-90, -88.5, -180, 180] },
  { lat: 0, lon: 0, km: 20_038, box: [-90, 90, -180, 180] },
  { lat: 10, lon: 20, km: 0, box: [10, 10, 20, 20] },
])('around $lat, $lon within $km km: $box', ({ lat, lon, km, box }) => {
  const { south, north, west, east } = boxAround({ lat, lon, distanceM: km * 1000 })
  for (const [index, edge] of [south, north, west, east].entries()) expect(edge).toBeCloseTo(box[index] ?? 0, 1)
})

test('no point of a circle lies outside of its box', () => {
  const circle = fc.record({
    lat: fc.double({ min: -90, max: 90, noNaN: true }),
    lon: fc.double({ min: -180, max: 180, noNaN: true }),
    distanceM: fc.double({ min: 0, max: 20_038_000, noNaN: true }),
  })
  fc.assert(
    fc.property(circle, fc.double({ min: 0, max: 2 * Math.PI, noNaN: true }), (around, bearing) => {
      const { south, north, west, east } = boxAround(around)
      const point = pointOn(around, bearing)
      expect(point.lat).toBeGreaterThanOrEqual(south - 1e-6)
      expect(point.lat).toBeLessThanOrEqual(north + 1e-6)
      const [fromWest, toEast] = [point.lon >= west - 1e-6, point.lon <= east + 1e-6]
      // a pole has every longitude
      const isInside = Math.abs(point.lat) > 90 - 1e-6 || (west <= east ? fromWest && toEast : fromWest || toEast)
      expect(isInside).toBe(true)
    }),
    { numRuns: 2000 },
  )
})

/** The point of a circle's edge in a direction from its centre, by the formula for the destination of a great circle. */
function pointOn({ lat, lon, distanceM }: Circle, bearing: number): { lat: number; lon: number } {
  const [phi, angle] = [(lat * Math.PI) / 180, distanceM / 6_371_008.8]
  const sine = Math.sin(phi) * Math.cos(angle) + Math.cos(phi) * Math.sin(angle) * Math.cos(bearing)
  const turn = Math.atan2(Math.sin(bearing) * Math.sin(angle) * Math.cos(phi), Math.cos(angle) - Math.sin(phi) * sine)
  const east = lon + (turn * 180) / Math.PI
  return {
    lat: (Math.asin(Math.max(-1, Math.min(1, sine))) * 180) / Math.PI,
    lon: ((((east + 180) % 360) + 360) % 360) - 180,
  }
}
