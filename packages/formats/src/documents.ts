import { SluiceError } from '@sluice/model'
import { parseHash, type Body } from './body.ts'
import { datapointOfCsv, datapointsOfCsv, datastreamOfCsv, feedOfCsv } from './csv-documents.ts'
import { datapointOfEeml, datapointsOfEeml, datastreamOfEeml, feedOfEeml } from './eeml.ts'
import { keyOfXml, triggerOfXml } from './xml-records.ts'

/*
 * A body of any format as the JSON document that says the same, unchecked: limits and sentences exist once, in the
 * readers of these documents. Each throws `invalid` for text that is not what it should be at all.
 */

export function feedDocument({ text, format, version }: Body): object {
  if (format === 'json') return parseHash(text)
  return format === 'xml' ? feedOfEeml(text) : feedOfCsv(text, version)
}

/** CSV names its datastreams here in every version: there is no position to go by. */
export function datastreamsDocument({ text, format }: Body): object {
  if (format === 'json') return parseHash(text)
  return format === 'xml' ? feedOfEeml(text) : feedOfCsv(text, 'v2')
}

export function datastreamDocument({ text, format }: Body): object {
  if (format === 'json') return parseHash(text)
  return format === 'xml' ? datastreamOfEeml(text) : datastreamOfCsv(text)
}

export function datapointsDocument({ text, format }: Body): object {
  if (format === 'json') return parseHash(text)
  return format === 'xml' ? datapointsOfEeml(text) : datapointsOfCsv(text)
}

export function datapointDocument({ text, format }: Body): object {
  if (format === 'json') return parseHash(text)
  return format === 'xml' ? datapointOfEeml(text) : datapointOfCsv(text)
}

export function keyDocument({ text, format }: Body): object {
  if (format === 'csv') throw noCsv('key')
  return format === 'xml' ? keyOfXml(text) : parseHash(text)
}

export function triggerDocument({ text, format }: Body): object {
  if (format === 'csv') throw noCsv('trigger')
  return format === 'xml' ? triggerOfXml(text) : parseHash(text)
}

const noCsv = (thing: string): SluiceError =>
  new SluiceError('invalid', `A ${thing} can't be read from CSV; send JSON or XML`)
