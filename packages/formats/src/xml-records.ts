import { parseXml, xmlError, type XmlElement } from './xml.ts'

const DIGITS = /^\d{1,15}$/
/** Members that are numbers in JSON; the others keep their text (`007` is a datastream, `1.50` a threshold). */
const NUMBERS: ReadonlySet<string> = new Set(['feed_id', 'environment_id', 'datastream_trigger_id', 'minimum_interval'])

type Members = Record<string, string | number>

/**
 * A `<key>` as the JSON document that says the same. Names are written with dashes or, as some pages of API v2 had it,
 * with underscores.
 * @throws {SluiceError} `invalid`
 */
export function keyOfXml(text: string): object {
  const root = rootOf(text, 'key')
  const permissions = listIn(root, 'permissions', 'permission').map((permission) => ({
    ...membersOf(permission),
    access_methods: listIn(permission, 'access_methods', 'access_method').map((method) => method.text),
    resources: listIn(permission, 'resources', 'resource').map(membersOf),
  }))
  return { key: { ...membersOf(root), permissions } }
}

/** A `<datastream-trigger>` as the JSON document that says the same: API v2's members. */
export function triggerOfXml(text: string): object {
  return membersOf(rootOf(text, 'datastream_trigger'))
}

function rootOf(text: string, name: string): XmlElement {
  const root = parseXml(text)
  if (memberName(root) === name) return root
  throw xmlError(`Missing '${name.replaceAll('_', '-')}' node from base node`)
}

/** The texts of the elements without children. */
function membersOf({ children }: XmlElement): Members {
  const members: [string, string | number][] = []
  for (const child of children) {
    const name = memberName(child)
    const isNumber = NUMBERS.has(name) && DIGITS.test(child.text)
    if (child.children.length === 0) members.push([name, isNumber ? Number(child.text) : child.text])
  }
  return Object.fromEntries(members)
}

const listIn = (element: XmlElement, list: string, entry: string): XmlElement[] =>
  element.children
    .filter((child) => memberName(child) === list)
    .flatMap(({ children }) => children.filter((child) => memberName(child) === entry))

const memberName = ({ name }: XmlElement): string => name.replaceAll('-', '_')
