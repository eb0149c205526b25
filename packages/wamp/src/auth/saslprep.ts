// RFC 3454, tables C.1.2 and B.1: other spaces become a space, what is commonly mapped to nothing goes
const OTHER_SPACE = /[\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]/gu
const NOTHING = /\u034f|[\u180b-\u180d]|[\ufe00-\ufe0f]|[\u00ad\u1806\u200b-\u200d\u2060\ufeff]/gu
// tables C.2 to C.9: control, private use, non-characters, surrogates, inappropriate for plain text, tagging
const PROHIBITED =
  /[\p{Cc}\p{Co}\p{Cs}\p{Noncharacter_Code_Point}\u06dd\u070f\u180e\u200c-\u200f\u2028-\u202e\u2061-\u2063\u206a-\u206f\u2ff0-\u2ffb\ufff9-\ufffd\u{1d173}-\u{1d17a}\u{e0001}\u{e0020}-\u{e007f}]/u
// two of C.8 by themselves, for they combine
const DEPRECATED_TONES = /\u0340|\u0341/u
// table D.1, by script
const RIGHT_TO_LEFT = /[\p{Script=Hebrew}\p{Script=Arabic}\p{Script=Syriac}\p{Script=Thaana}\p{Script=Nko}]/u
const LEFT_TO_RIGHT = /[\p{Script=Latin}\p{Script=Greek}\p{Script=Cyrillic}]/u

/**
 * Prepares a user name or password so that two ways of typing it are one (SASLprep, RFC 4013, on today's Unicode).
 * @returns null if it has a character that is not allowed, or mixes directions of writing
 */
export function saslprep(text: string): string | null {
  const prepared = text.replace(OTHER_SPACE, ' ').replace(NOTHING, '').normalize('NFKC')
  if (PROHIBITED.test(prepared) || DEPRECATED_TONES.test(prepared)) return null
  if (!RIGHT_TO_LEFT.test(prepared)) return prepared
  const characters = Array.from(prepared)
  const isBidi =
    !LEFT_TO_RIGHT.test(prepared) &&
    RIGHT_TO_LEFT.test(characters[0] ?? '') &&
    RIGHT_TO_LEFT.test(characters.at(-1) ?? '')
  return isBidi ? prepared : null
}
