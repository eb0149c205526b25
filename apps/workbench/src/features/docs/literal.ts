/** columns that a line may have: what the pane beside a page shows without scrolling */
const WIDTH = 48

type Language = {
  indent: string
  text(value: string): string
  name(value: string): string
  words: { true: string; false: string; null: string }
  /** within braces that stand on one line */
  pad: string
}
const doubleQuoted = (value: string): string => JSON.stringify(value)
const singleQuoted = (value: string): string =>
  `'${JSON.stringify(value)
    .slice(1, -1)
    .replaceAll(String.raw`\"`, '"')
    .replaceAll("'", String.raw`\'`)}'`

export const JAVASCRIPT: Language = {
  indent: '  ',
  text: singleQuoted,
  name: (value) => (/^[a-z_$][\w$]*$/i.test(value) ? value : singleQuoted(value)),
  words: { true: 'true', false: 'false', null: 'null' },
  pad: ' ',
}
export const PYTHON: Language = {
  indent: '    ',
  text: doubleQuoted,
  name: doubleQuoted,
  words: { true: 'True', false: 'False', null: 'None' },
  pad: '',
}
export const JSON_TEXT: Language = {
  indent: '  ',
  text: doubleQuoted,
  name: doubleQuoted,
  words: { true: 'true', false: 'false', null: 'null' },
  pad: '',
}

/**
 * A JSON value as source text. What fits stays on one line.
 * @param at where it begins: the line's depth in steps of the language's indent, and columns that are taken on it
 */
export function literal(value: unknown, language: Language, { depth = 0, taken = 0 } = {}): string {
  const inline = onOneLine(value, language)
  if (typeof value !== 'object' || value === null) return inline
  if (language.indent.length * depth + taken + inline.length <= WIDTH) return inline
  const [only] = Array.isArray(value) && value.length === 1 ? value : []
  if (typeof only === 'object' && only !== null) return `[${literal(only, language, { depth, taken: WIDTH })}]`
  const inner = language.indent.repeat(depth + 1)
  const [open, close] = Array.isArray(value) ? ['[', ']'] : ['{', '}']
  const members = Array.isArray(value)
    ? value.map((item) => literal(item, language, { depth: depth + 1 }))
    : Object.entries(value).map(([name, member]) => {
        const label = `${language.name(name)}: `
        return `${label}${literal(member, language, { depth: depth + 1, taken: label.length })}`
      })
  const comma = language === JSON_TEXT ? '' : ','
  return `${open}\n${members.map((member) => `${inner}${member}`).join(',\n')}${comma}\n${language.indent.repeat(depth)}${close}`
}

function onOneLine(value: unknown, language: Language): string {
  if (typeof value === 'string') return language.text(value)
  if (typeof value === 'number') return String(value)
  if (typeof value === 'boolean') return language.words[value ? 'true' : 'false']
  if (typeof value !== 'object' || value === null) return language.words.null
  if (Array.isArray(value)) return `[${value.map((item) => onOneLine(item, language)).join(', ')}]`
  const members = Object.entries(value).map(
    ([name, member]) => `${language.name(name)}: ${onOneLine(member, language)}`,
  )
  return `{${language.pad}${members.join(', ')}${language.pad}}`
}
