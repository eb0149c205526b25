import { SluiceError } from './errors.ts'
import { LIMITS } from './limits.ts'

/**
 * Parses JSON from outside. Depth is checked on the text before `JSON.parse`, because recursion over deep input kills
 * zod and JSON.stringify (at depth 10,000, measured), and `__proto__` members are dropped.
 * @throws {SluiceError} `invalid`, with the parser's own words
 */
export function parseJson(text: string): unknown {
  if (depthOf(text) > LIMITS.jsonDepthMax) {
    throw new SluiceError('invalid', `JSON is nested deeper than ${LIMITS.jsonDepthMax} levels`, {
      title: PARSER_ERROR,
    })
  }
  try {
    return JSON.parse(text, text.includes('__proto__') || text.includes('\\u') ? dropProto : undefined)
  } catch (cause) {
    const words = cause instanceof Error ? cause.message : String(cause)
    throw new SluiceError('invalid', `parse error: ${words}`, { title: PARSER_ERROR, cause })
  }
}

const PARSER_ERROR = 'JSON Parser Error'

function dropProto(key: string, value: unknown): unknown {
  return key === '__proto__' ? undefined : value
}

function depthOf(text: string): number {
  let depth = 0
  let deepest = 0
  let inString = false
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index)
    if (inString) {
      if (code === 0x5c) index++
      else if (code === 0x22) inString = false
    } else if (code === 0x22) inString = true
    else if (code === 0x7b || code === 0x5b) deepest = Math.max(deepest, ++depth)
    else if (code === 0x7d || code === 0x5d) depth--
  }
  return deepest
}
