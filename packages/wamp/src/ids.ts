/** Largest WAMP id (wamp-proto Basic Profile, "IDs"): every integer up to it is exact in an IEEE double. */
export const ID_MAX = 2 ** 53

/** Whether `value` can be an id: an integer in [1, 2^53]. Floats with an integral value are integers in JavaScript. */
export function isId(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= ID_MAX
}

/**
 * A uniformly random id of the global scope, for sessions and publications.
 * @param random as Math.random; ids are not secrets
 */
export function randomId(random: () => number): number {
  return Math.floor(random() * ID_MAX) + 1
}

/** The id after `id` in a session-scope sequence, which wraps from 2^53 to 1. */
export function nextId(id: number): number {
  return id >= ID_MAX ? 1 : id + 1
}
