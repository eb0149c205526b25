import { LIMITS } from '@sluice/model'
import { isLongerThan, readText, tooLong } from './scalars.ts'
import type { Problems } from './problems.ts'

/**
 * Tags come as a list, or as one string: commas separate, double quotes protect commas and outer blanks, `\"` is a
 * literal quote (API v2). They are kept sorted without regard to case, each once.
 */
export function readTags(input: unknown, name: string, problems: Problems): string[] | undefined {
  if (input === undefined || input === null) return undefined
  const tags = Array.isArray(input) ? listedTags(input, name, problems) : writtenTags(input, name, problems)
  if (tags === undefined) return undefined
  if (isLongerThan(tags.join(','), LIMITS.tagsCharsMax)) problems.push(tooLong(name, LIMITS.tagsCharsMax))
  else return sortTags(tags)
  return undefined
}

function listedTags(input: readonly unknown[], name: string, problems: Problems): string[] {
  const tags: string[] = []
  for (const entry of input) {
    const tag = readText(entry, name, LIMITS.tagsCharsMax, problems)
    if (tag) tags.push(tag)
  }
  return tags
}

function writtenTags(input: unknown, name: string, problems: Problems): string[] | undefined {
  // quotes and blanks do not count as characters of tags, hence twice the limit for the string as written
  const text = readText(input, name, 2 * LIMITS.tagsCharsMax, problems)
  return text === undefined ? undefined : splitTags(text)
}

/** `a, "b, c", "  d "` → `["  d ", "a", "b, c"]` before sorting in order of appearance. */
export function splitTags(text: string): string[] {
  const tags: string[] = []
  let tag = ''
  let isQuoted = false
  let hadQuotes = false
  const finish = () => {
    const finished = hadQuotes ? tag : tag.trim()
    if (finished !== '') tags.push(finished)
    tag = ''
    hadQuotes = false
  }
  for (let index = 0; index < text.length; index++) {
    const char = text.charAt(index)
    if (char === '\\' && text.charAt(index + 1) === '"') {
      tag += '"'
      index++
    } else if (char === '"' && (isQuoted || tag.trim() === '')) {
      isQuoted = !isQuoted
      if (isQuoted) tag = ''
      hadQuotes = true
    } else if (char === ',' && !isQuoted) finish()
    else if (isQuoted || !hadQuotes) tag += char
  }
  finish()
  return tags
}

/** Sorted without regard to case, duplicates gone. */
export function sortTags(tags: readonly string[]): string[] {
  const keyed = [...new Set(tags)].map((tag) => ({ tag, key: tag.toLowerCase() }))
  keyed.sort((one, other) => (one.key < other.key ? -1 : one.key > other.key ? 1 : 0))
  return keyed.map(({ tag }) => tag)
}
