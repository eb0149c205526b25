/** Advance widths of DejaVu Sans in thousandths of the font size, rounded up; every digit is equally wide. */
const ADVANCES: readonly (readonly [thousandths: number, characters: string])[] = [
  [278, "'ijl"],
  [318, ' ,.IJ'],
  [340, '/:;\\|'],
  [401, '!()[]-ft'],
  [502, '*_`"°–r'],
  [533, '?sz'],
  [592, 'cFLkvxy'],
  [616, 'PTYaeo'],
  [636, '$0123456789{}ESbdghnpqu'],
  [698, 'ABCKRVXZ'],
  [752, 'HNU'],
  [788, '&DGOQ'],
  [838, '#+<=>^~−w'],
  [863, 'M'],
  [1000, '%@Wm…'],
]
const ADVANCE = new Map(ADVANCES.flatMap(([width, all]) => Array.from(all, (one) => [one, width] as const)))
/** what other alphabets need at most on average; ideographs and pictures are squares */
const OTHER_ADVANCE = 720
const SQUARE_ADVANCE = 1000
const FIRST_SQUARE = 0x2e80

/** Pixels that the text takes at this size: exact within a few percent for Latin text, generous for the rest. */
export function textWidth(text: string, sizePx: number): number {
  let width = 0
  for (const character of text) {
    const isSquare = (character.codePointAt(0) ?? 0) >= FIRST_SQUARE
    width += ADVANCE.get(character) ?? (isSquare ? SQUARE_ADVANCE : OTHER_ADVANCE)
  }
  return (width * sizePx) / 1000
}

/** @returns the text, its end replaced by `…` where it is wider than `maxPx`; empty where hardly anything would remain */
export function fitText(text: string, sizePx: number, maxPx: number): string {
  if (textWidth(text, sizePx) <= maxPx) return text
  let kept = ''
  for (const character of text) {
    if (textWidth(`${kept}${character}…`, sizePx) > maxPx) break
    kept += character
  }
  return kept.length < 3 ? '' : `${kept.trimEnd()}…`
}

/**
 * One line of text that XML can carry: control characters, noncharacters and runs of white space become one space, a
 * lone half of a surrogate pair becomes U+FFFD.
 * @param charsMax code points that are kept
 */
export function cleanText(text: string, charsMax: number): string {
  const line = text
    .slice(0, charsMax * 4)
    .toWellFormed()
    .replace(/[\p{Cc}\p{Noncharacter_Code_Point}\s]+/gu, ' ')
    .trim()
  return Array.from(line).slice(0, charsMax).join('').trimEnd()
}

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' }

export function escapeXml(text: string): string {
  return text.replace(/[&<>"]/g, (character) => ENTITIES[character] ?? '')
}
