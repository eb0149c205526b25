import { parseXml, xmlError, type XmlElement } from './xml.ts'

/** Members of a feed that are the text of an element with the same name. */
const FEED_TEXTS: ReadonlySet<string> = new Set([
  'title',
  'description',
  'website',
  'email',
  'icon',
  'private',
  'auto_feed_url',
])
const PLACE_TEXTS: ReadonlySet<string> = new Set(['name', 'lat', 'lon', 'ele'])

type Members = Record<string, unknown>

/**
 * EEML 0.5.1 and EEML 5 as the JSON document that says the same, in whatever mixture: EEML 5 has `value` with its
 * extremes where 0.5.1 has `current_value`, and its values have the time of the environment (`updated`), which 0.5.1
 * gives to those without one of their own. Elements that the service owns, and unknown ones, are left out.
 * @throws {SluiceError} `invalid`, in API v2's words
 */
export function feedOfEeml(text: string): object {
  const environment = environmentOf(text)
  const feed: Members = { updated: environment.attributes['updated'] }
  const tags: string[] = []
  const datastreams: Members[] = []
  for (const child of environment.children) {
    if (FEED_TEXTS.has(child.name)) feed[child.name] = child.text
    else if (child.name === 'tag') tags.push(child.text)
    else if (child.name === 'location') feed['location'] = placeOf(child)
    else if (child.name === 'data') datastreams.push(datastreamOf(child))
  }
  if (tags.length > 0) feed['tags'] = tags
  if (datastreams.length > 0) feed['datastreams'] = datastreams
  refuseDuplicates(datastreams)
  return feed
}

/** EEML with one `data`, as a feed document with that datastream alone. */
export function datastreamOfEeml(text: string): object {
  const environment = environmentOf(text)
  const datastream = datastreamOf(onlyData(environment, 'Datastream'))
  return { updated: environment.attributes['updated'], datastreams: [datastream] }
}

/** EEML with one `data`, whose `datapoints/value[@at]` are written. */
export function datapointsOfEeml(text: string): object {
  const environment = environmentOf(text)
  const datapoints = valuesOf(onlyData(environment, 'Datastream'))
  return { updated: environment.attributes['updated'], datapoints }
}

/** EEML with one `data` with one `value`. */
export function datapointOfEeml(text: string): object {
  const [only, ...others] = valuesOf(onlyData(environmentOf(text), 'Datapoint'))
  if (others.length > 0) throw xmlError("Multiple 'value' nodes are not permitted for Datapoint level XML")
  return { value: only?.['value'] }
}

/** Those without an id are refused when the document is read. */
function refuseDuplicates(datastreams: readonly Members[]): void {
  const ids = datastreams.flatMap(({ id }) => (id === undefined ? [] : [id]))
  if (new Set(ids).size < ids.length) throw xmlError('Duplicate datastream ids')
}

function environmentOf(text: string): XmlElement {
  const root = parseXml(text)
  const [environment, ...others] = root.name === 'eeml' ? childrenOf(root, 'environment') : []
  if (!environment) throw xmlError("Missing 'environment' node from base node")
  if (others.length > 0) throw xmlError("Multiple 'environment' nodes are not permitted")
  return environment
}

function onlyData(environment: XmlElement, level: 'Datastream' | 'Datapoint'): XmlElement {
  const [data, ...others] = childrenOf(environment, 'data')
  if (!data) throw xmlError("Missing 'data' node from source document")
  if (others.length > 0) throw xmlError(`Multiple 'data' nodes are not permitted for ${level} level XML`)
  return data
}

const childrenOf = (element: XmlElement, name: string): XmlElement[] =>
  element.children.filter((child) => child.name === name)

function placeOf({ attributes, children }: XmlElement): Members {
  const { disposition, exposure, domain } = attributes
  const place: Members = { disposition, exposure, domain }
  for (const { name, text } of children) if (PLACE_TEXTS.has(name)) place[name] = text
  return place
}

function datastreamOf({ attributes, children }: XmlElement): Members {
  const datastream: Members = { id: attributes['id'] }
  const tags: string[] = []
  const values: Members[] = []
  const points: Members[] = []
  for (const child of children) {
    if (child.name === 'current_value') {
      if ('current_value' in datastream)
        throw xmlError("Multiple 'current_value' nodes are not permitted in one 'data'")
      datastream['current_value'] = child.text
      datastream['at'] = child.attributes['at']
    } else if (child.name === 'max_value' || child.name === 'min_value') datastream[child.name] = child.text
    else if (child.name === 'unit') datastream['unit'] = unitOf(child)
    else if (child.name === 'tag') tags.push(child.text)
    else if (child.name === 'datapoints') points.push(...pointsOf(child))
    else if (child.name === 'value') values.push(valueOf(child))
  }
  if (tags.length > 0) datastream['tags'] = tags
  if (values.length > 0) datastream['values'] = values
  if (points.length > 0) datastream['datapoints'] = points
  return datastream
}

const unitOf = ({ attributes, text }: XmlElement): Members => ({
  type: attributes['type'],
  symbol: attributes['symbol'],
  label: text,
})

/** A value of EEML 5, in the layout of version 1. */
const valueOf = ({ attributes, text }: XmlElement): Members => ({
  value: text,
  recorded_at: attributes['at'],
  max_value: attributes['maxValue'],
  min_value: attributes['minValue'],
})

/** The datapoints of a `data` element; EEML 5 has the values in it directly. */
function valuesOf({ children }: XmlElement): Members[] {
  return children.flatMap((child) => {
    if (child.name === 'value' || child.name === 'current_value') return [pointOf(child)]
    return child.name === 'datapoints' ? pointsOf(child) : []
  })
}

const pointsOf = (datapoints: XmlElement): Members[] => childrenOf(datapoints, 'value').map(pointOf)

const pointOf = ({ attributes, text }: XmlElement): Members => ({ at: attributes['at'], value: text })
