import type { ApiVersion, Representation, RepresentationKind, TextFormat } from '@sluice/model'
import { writeCell } from './csv.ts'
import { writeActivationCsv, writeDatastreamCsv, writeDatastreamsCsv, writeFeedListCsv } from './write-csv.ts'
import { writeDatapointEeml, writeDatastreamsEeml, writeFeedEeml, writeFeedListEeml } from './write-eeml.ts'
import {
  writeErrorText,
  writeErrorXml,
  writeKeysXml,
  writeKeyXml,
  writeTriggersXml,
  writeTriggerXml,
  writeUsersXml,
  writeUserXml,
} from './write-records.ts'
import { datastreamV1, feedListV1, feedV1 } from './write-v1.ts'

/** The formats of each kind, in order of preference: what the route table offers and the documentation says. */
export const KIND_FORMATS: Record<RepresentationKind, readonly TextFormat[]> = {
  feed: ['json', 'xml', 'csv'],
  feeds: ['json', 'xml', 'csv'],
  datastream: ['json', 'xml', 'csv'],
  datastreams: ['json', 'xml', 'csv'],
  datapoint: ['json', 'xml', 'csv'],
  trigger: ['json', 'xml'],
  triggers: ['json', 'xml'],
  key: ['json', 'xml'],
  keys: ['json', 'xml'],
  activation: ['json', 'csv'],
  user: ['json', 'xml'],
  users: ['json', 'xml'],
  error: ['json', 'xml', 'csv'],
}

/**
 * Writes a document of API v2. XML, CSV and the layouts of version 1 are made from the JSON document, so that all
 * formats say the same; times are passed through, with the zone that they carry.
 * @returns null where this kind is not available in this format (the caller answers 406)
 */
export function writeRepresentation(
  representation: Representation,
  { format, version }: { format: TextFormat; version: ApiVersion },
): string | null {
  if (format === 'json') return JSON.stringify(version === 'v1' ? documentV1(representation) : representation.document)
  return format === 'xml' ? writeAsXml(representation, version) : writeAsCsv(representation, version)
}

function documentV1(representation: Representation): object {
  switch (representation.kind) {
    case 'feed':
      return feedV1(representation.document)
    case 'feeds':
      return feedListV1(representation.document)
    case 'datastream':
      return datastreamV1(representation.document)
    case 'datastreams':
      return { version: '0.6-alpha', datastreams: representation.document.datastreams.map(datastreamV1) }
    case 'datapoint':
    case 'trigger':
    case 'triggers':
    case 'key':
    case 'keys':
    case 'activation':
    case 'user':
    case 'users':
    case 'error':
      break
  }
  return representation.document
}

function writeAsXml(representation: Representation, version: ApiVersion): string | null {
  switch (representation.kind) {
    case 'feed':
      return writeFeedEeml(representation.document, version)
    case 'feeds':
      return writeFeedListEeml(representation.document, version)
    case 'datastream':
      return writeDatastreamsEeml([representation.document], representation.environment, version)
    case 'datastreams':
      return writeDatastreamsEeml(representation.document.datastreams, representation.environment, version)
    case 'datapoint':
      return writeDatapointEeml(representation.document)
    case 'trigger':
      return writeTriggerXml(representation.document)
    case 'triggers':
      return writeTriggersXml(representation.document)
    case 'key':
      return writeKeyXml(representation.document.key)
    case 'keys':
      return writeKeysXml(representation.document.keys)
    case 'user':
      return writeUserXml(representation.document.user)
    case 'users':
      return writeUsersXml(representation.document.users)
    case 'error':
      return writeErrorXml(representation.document)
    case 'activation':
      break
  }
  return null
}

function writeAsCsv(representation: Representation, version: ApiVersion): string | null {
  switch (representation.kind) {
    case 'feed':
      return writeDatastreamsCsv(representation.document.datastreams ?? [], viewOf(representation, version))
    case 'feeds':
      return writeFeedListCsv(representation.document.results, representation.isHistory)
    case 'datastream':
      return writeDatastreamCsv(representation.document, viewOf(representation, version))
    case 'datastreams':
      return writeDatastreamsCsv(representation.document.datastreams, viewOf(representation, version))
    case 'datapoint':
      return writeCell(representation.document.value)
    case 'activation':
      return writeActivationCsv(representation.document)
    case 'error':
      return writeErrorText(representation.document)
    case 'trigger':
    case 'triggers':
    case 'key':
    case 'keys':
    case 'user':
    case 'users':
      break
  }
  return null
}

const viewOf = ({ isHistory }: { isHistory?: boolean }, version: ApiVersion) => ({ version, isHistory })
