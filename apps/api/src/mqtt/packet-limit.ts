/**
 * Watches the framing of a connection's bytes (MQTT 3.1.1 §2.2: one byte of type, one to four of remaining length), so
 * that a long packet is noticed by its head, before anybody collects it.
 * @param limits bytes after the fixed header: of the first packet, and of each other as it begins
 * @returns tells of each chunk, in order, whether it begins a packet that is too long or has a length that is none
 */
export function makePacketLimit(limits: { firstMax: number; max(): number }): (chunk: Uint8Array) => boolean {
  let isFirst = true
  /** of the packet's content, still to come */
  let left = 0
  /** of the fixed header, already seen */
  let head = 0
  let length = 0

  return (chunk) => {
    let index = 0
    while (index < chunk.length) {
      if (left > 0) {
        const taken = Math.min(left, chunk.length - index)
        left -= taken
        index += taken
        continue
      }
      const byte = chunk[index++] ?? 0
      if (head++ === 0) continue
      length += (byte & 0x7f) * 128 ** (head - 2)
      const most = isFirst ? limits.firstMax : limits.max()
      if (length > most || (head === 5 && byte >= 0x80)) return true
      if (byte >= 0x80) continue
      left = length
      isFirst = false
      head = 0
      length = 0
    }
    return false
  }
}
