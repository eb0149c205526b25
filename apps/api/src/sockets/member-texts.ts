const QUOTE = 0x22
const BACKSLASH = 0x5c

/**
 * The members of a JSON object as they are written: a token is echoed and a body passed on without being made anew,
 * which `12345678901234567890` would not survive. Of members with one name the last counts, as in `JSON.parse`.
 * @param text an object that `JSON.parse` takes
 */
export function memberTexts(text: string): Map<string, string> {
  const members = new Map<string, string>()
  let at = skipBlanks(text, text.indexOf('{') + 1)
  while (text.charCodeAt(at) === QUOTE) {
    const nameEnd = endOfString(text, at)
    const name = text.slice(at + 1, nameEnd - 1)
    const colon = skipBlanks(text, nameEnd)
    const start = skipBlanks(text, colon + 1)
    const end = endOfValue(text, start)
    members.set(name.includes('\\') ? (JSON.parse(`"${name}"`) as string) : name, text.slice(start, end))
    // a comma or the last brace
    at = skipBlanks(text, skipBlanks(text, end) + 1)
  }
  return members
}

function skipBlanks(text: string, from: number): number {
  let at = from
  while (at < text.length && isBlank(text.charCodeAt(at))) at++
  return at
}

const isBlank = (code: number): boolean => code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09
/** `{` and `[`, `}` and `]`: the two of a pair differ in one bit. */
const opens = (code: number): boolean => (code | 0x20) === 0x7b
const closes = (code: number): boolean => (code | 0x20) === 0x7d

/** @returns where the character behind the closing quote stands */
function endOfString(text: string, start: number): number {
  let at = start + 1
  for (; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code === BACKSLASH) at++
    else if (code === QUOTE) break
  }
  return at + 1
}

function endOfValue(text: string, start: number): number {
  const first = text.charCodeAt(start)
  if (first === QUOTE) return endOfString(text, start)
  let depth = 0
  for (let at = start; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code === QUOTE) at = endOfString(text, at) - 1
    else if (opens(code)) depth++
    else if (depth === 0 && (code === 0x2c || closes(code) || isBlank(code))) return at
    else if (closes(code) && --depth === 0) return at + 1
  }
  return text.length
}
