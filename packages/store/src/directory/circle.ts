/** All points within `distanceM` metres of a position, on a sphere. `lat` -90 … 90, `lon` -180 … 180. */
export type Circle = { lat: number; lon: number; distanceM: number }

/** mean radius of the earth (IUGG) */
const EARTH_RADIUS_M = 6_371_008.8
/** degrees: more than the rounding errors of a box's edges */
const MARGIN = 1e-9

/** `east` is less than `west` where the box crosses the antimeridian. */
export type Box = { south: number; north: number; west: number; east: number }

/** The least box of latitudes and longitudes around a circle; all longitudes where a pole lies inside. */
export function boxAround({ lat, lon, distanceM }: Circle): Box {
  const angle = distanceM / EARTH_RADIUS_M
  const south = lat - degrees(angle) - MARGIN
  const north = lat + degrees(angle) + MARGIN
  if (south <= -90 || north >= 90) {
    return { south: Math.max(south, -90), north: Math.min(north, 90), west: -180, east: 180 }
  }
  // where the meridians touch the circle, which is not at the latitude of its centre
  const reach = degrees(Math.asin(Math.min(1, Math.sin(angle) / Math.cos(radians(lat))))) + MARGIN
  if (reach >= 180) return { south, north, west: -180, east: 180 }
  return { south, north, west: wrapped(lon - reach), east: wrapped(lon + reach) }
}

/**
 * SQL for "`l.lat`, `l.lon` lie in the circle": the box, for which there is an index, then the great-circle distance by the
 * haversine formula, which is exact for small distances too.
 * @param param makes a parameter of a number
 */
export function circleSql(circle: Circle, param: (value: number) => string): string {
  const { south, north, west, east } = boxAround(circle)
  const [lat, lon] = [param(circle.lat), param(circle.lon)]
  const half = Math.min(circle.distanceM / EARTH_RADIUS_M, Math.PI) / 2
  return `l.lat between ${param(south)} and ${param(north)}
    and (l.lon >= ${param(west)} ${west <= east ? 'and' : 'or'} l.lon <= ${param(east)})
    and power(sin(radians(l.lat - ${lat}) / 2), 2)
      + cos(radians(${lat})) * cos(radians(l.lat)) * power(sin(radians(l.lon - ${lon}) / 2), 2)
      <= ${param(Math.sin(half) ** 2 + Number.EPSILON)}`
}

const wrapped = (lon: number): number => (lon < -180 ? lon + 360 : lon > 180 ? lon - 360 : lon)
const radians = (angle: number): number => (angle * Math.PI) / 180
const degrees = (angle: number): number => (angle * 180) / Math.PI
