/** An element to be written. */
export type XmlNode = {
  name: string
  /** in this order; those that are undefined are left out */
  attributes?: Readonly<Record<string, string | number | undefined>>
  /** text (`''` is written `<name></name>`), or elements (none are written `<name/>`) */
  content?: string | readonly XmlNode[]
}

export const XML_DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>'

/** Writes a document with an indent of two blanks, without a line end behind the last tag. */
export function writeXml(root: XmlNode): string {
  return `${XML_DECLARATION}\n${writeNode(root, '')}`
}

function writeNode({ name, attributes, content }: XmlNode, indent: string): string {
  let tag = `${indent}<${name}`
  for (const attribute in attributes) {
    const value = attributes[attribute]
    if (value !== undefined) tag += ` ${attribute}="${escapeAttribute(String(value))}"`
  }
  if (content === undefined || (typeof content !== 'string' && content.length === 0)) return `${tag}/>`
  if (typeof content === 'string') return `${tag}>${escapeText(content)}</${name}>`
  let inside = ''
  for (const child of content) inside += `${writeNode(child, `${indent}  `)}\n`
  return `${tag}>\n${inside}${indent}</${name}>`
}

/** An element with this text, or none where there is no text. */
export function textNode(name: string, text: string | number | undefined): XmlNode[] {
  return text === undefined ? [] : [{ name, content: String(text) }]
}

export function escapeText(text: string): string {
  return SPECIAL.test(text) ? text.replace(SPECIALS, entityOf) : text
}

function escapeAttribute(text: string): string {
  return SPECIAL_IN_ATTRIBUTE.test(text) ? text.replace(SPECIALS_IN_ATTRIBUTE, entityOf) : text
}

/** XML 1.0 has no control characters and no U+FFFE and U+FFFF, not even as references. */
const FORBIDDEN = '\\0-\\x08\\x0b\\x0c\\x0e-\\x1f\\ufffe\\uffff'
/** A bare CR is read as LF, in an attribute a line end or tab as a blank. */
const SPECIAL = new RegExp(`[&<>\\r${FORBIDDEN}]`)
const SPECIALS = new RegExp(SPECIAL, 'g')
const SPECIAL_IN_ATTRIBUTE = new RegExp(`[&<>"\\r\\n\\t${FORBIDDEN}]`)
const SPECIALS_IN_ATTRIBUTE = new RegExp(SPECIAL_IN_ATTRIBUTE, 'g')

const ENTITIES: ReadonlyMap<string, string> = new Map([
  ['&', '&amp;'],
  ['<', '&lt;'],
  ['>', '&gt;'],
  ['"', '&quot;'],
  ['\r', '&#13;'],
  ['\n', '&#10;'],
  ['\t', '&#9;'],
])

/** What XML cannot carry is shown as the replacement character. */
const entityOf = (character: string): string => ENTITIES.get(character) ?? '\ufffd'
