/** FNV-1a over UTF-16 units, then mixed. */
export function hashOf(text: string): number {
  let hash = 0x811c9dc5
  for (let i = 0; i < text.length; i += 1) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193)
  return mixed(hash)
}

/** Of an id of up to 53 bits. */
export function hashOfId(id: number): number {
  return mixed((id >>> 0) ^ Math.imul(Math.floor(id / 2 ** 32), 0x9e3779b1))
}

/**
 * How much a node weighs for a key, in rendezvous hashing: the heaviest has the key, and when a node comes or goes only
 * the keys that it wins or had change hands. Both given by their hashes.
 */
export function weightOf(node: number, key: number): number {
  return mixed(node ^ Math.imul(key, 0x9e3779b1))
}

/** The last step of MurmurHash3: every bit of the input moves half of the output's. */
function mixed(value: number): number {
  let hash = value
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return (hash ^ (hash >>> 16)) >>> 0
}
