const QUOTE = 0x22
const BACKSLASH = 0x5c
const OPENS = new Set([0x7b, 0x5b])
const CLOSES = new Set([0x7d, 0x5d])
const ENDS_SCALAR = /[\s,}\]]/g
const NOT_BLANK = /\S/g

/**
 * The members of a JSON object as they are written: a token is echoed and a body passed on without being made anew,
 * which `12345678901234567890` would not survive. Of members with one name the last counts, as in `JSON.parse`.
 * @param text an object that `JSON.parse` takes
 */
export function memberTexts(text: string): Map<string, string> {
  const members = new Map<string, string>()
  let at = next(NOT_BLANK, text, text.indexOf('{') + 1)
  while (text.charCodeAt(at) === QUOTE) {
    const nameEnd = endOfString(text, at)
    const name = text.slice(at + 1, nameEnd - 1)
    const colon = next(NOT_BLANK, text, nameEnd)
    const start = next(NOT_BLANK, text, colon + 1)
    const end = endOfValue(text, start)
    members.set(name.includes('\\') ? (JSON.parse(`"${name}"`) as string) : name, text.slice(start, end))
    // a comma or the last brace
    at = next(NOT_BLANK, text, next(NOT_BLANK, text, end) + 1)
  }
  return members
}

function next(pattern: RegExp, text: string, from: number): number {
  pattern.lastIndex = from
  return pattern.exec(text)?.index ?? text.length
}

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
  if (!OPENS.has(first)) return next(ENDS_SCALAR, text, start)
  let depth = 0
  for (let at = start; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code === QUOTE) at = endOfString(text, at) - 1
    else if (OPENS.has(code)) depth++
    else if (CLOSES.has(code) && --depth === 0) return at + 1
  }
  return text.length
}
