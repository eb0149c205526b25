import { SaxesParser } from 'saxes'
import { SluiceError } from '@sluice/model'

/** An element of a body. Names are local ones, because many clients leave the namespace out or bind it to a prefix. */
export type XmlElement = {
  name: string
  attributes: Readonly<Record<string, string>>
  children: XmlElement[]
  /** its own text without that of its children; blanks and line ends around it are gone (API v2) */
  text: string
}

/** levels of nesting; EEML has seven */
const DEPTH_MAX = 16
const ELEMENTS_MAX = 10_000
/** of one element */
const ATTRIBUTES_MAX = 100
/** character and entity references of one body: 20,000 are read in 10 ms */
const REFERENCES_MAX = 20_000
/** US-ASCII is a part of UTF-8: lxml declares it for text without other letters */
const ENCODINGS: ReadonlySet<string> = new Set(['utf-8', 'utf8', 'us-ascii', 'ascii'])
/** characters of the parser's own words that an answer repeats, as they quote names from the body */
const WORDS_CHARS_MAX = 100

/**
 * Reads a body as XML 1.0. A DOCTYPE is refused before anything is parsed, so there are no entities but the five of
 * XML itself.
 * @throws {SluiceError} `invalid`, with line and column where the parser stopped, or with the limit that was passed
 */
export function parseXml(text: string): XmlElement {
  if (!text.isWellFormed()) throw xmlError('invalid format, half of a character pair')
  refuseDoctype(text)
  refuseManyReferences(text)
  const tree = new SaxesParser()
  const open: XmlElement[] = []
  let root: XmlElement | undefined
  let elements = 0
  let attributes = 0
  tree.on('error', ({ message }) => {
    throw syntaxError(message.slice(message.indexOf(': ') + 2), `${tree.line}:${tree.column}`)
  })
  tree.on('xmldecl', ({ encoding }) => {
    if (encoding !== undefined && !ENCODINGS.has(encoding.toLowerCase())) throw xmlError('The encoding must be UTF-8')
  })
  tree.on('attribute', () => {
    if (++attributes > ATTRIBUTES_MAX) throw xmlError(`An element has more than ${ATTRIBUTES_MAX} attributes`)
  })
  tree.on('opentag', (tag) => {
    if (open.length >= DEPTH_MAX) throw xmlError(`XML is nested deeper than ${DEPTH_MAX} levels`)
    if (++elements > ELEMENTS_MAX) throw xmlError(`XML has more than ${ELEMENTS_MAX} elements`)
    attributes = 0
    const element: XmlElement = { name: localName(tag.name), attributes: tag.attributes, children: [], text: '' }
    const parent = open.at(-1)
    if (parent) parent.children.push(element)
    else root = element
    open.push(element)
  })
  const append = (piece: string) => {
    const element = open.at(-1)
    if (element) element.text += piece
  }
  tree.on('text', append)
  tree.on('cdata', append)
  tree.on('closetag', () => {
    const element = open.pop()
    if (element) element.text = element.text.trim()
  })
  tree.write(text).close()
  // a document without a root is an error of the parser
  return root ?? { name: '', attributes: {}, children: [], text: '' }
}

export const xmlError = (message: string): SluiceError =>
  new SluiceError('invalid', message, { title: 'XML Parser Error' })

const localName = (name: string): string => name.slice(name.indexOf(':') + 1)

/** API v2's words for the commonest mistake. */
function syntaxError(words: string, place: string): SluiceError {
  const isMismatch = words.startsWith('unexpected close tag') || words.startsWith('unmatched closing tag')
  const what = isMismatch ? 'element start and end names do not match' : words.slice(0, WORDS_CHARS_MAX)
  return xmlError(`invalid format, ${what.replace(/\.$/, '').toWellFormed()} at ${place}`)
}

/** Looks at what stands before the root element; further on a DOCTYPE is an error of the parser. */
function refuseDoctype(text: string): void {
  let at = text.indexOf('<')
  while (at >= 0) {
    if (text.startsWith('<?', at)) at = text.indexOf('?>', at + 2)
    else if (text.startsWith('<!--', at)) at = text.indexOf('-->', at + 4)
    else {
      if (text.slice(at, at + 9).toUpperCase() === '<!DOCTYPE') throw xmlError('A DOCTYPE is not allowed')
      return
    }
    if (at >= 0) at = text.indexOf('<', at)
  }
}

function refuseManyReferences(text: string): void {
  let references = 0
  for (let at = text.indexOf('&'); at >= 0; at = text.indexOf('&', at + 1)) {
    if (++references > REFERENCES_MAX) throw xmlError(`XML has more than ${REFERENCES_MAX} character references`)
  }
}
