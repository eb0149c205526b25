import { DISPOSITIONS, DOMAINS, EXPOSURES, LIMITS, UNIT_TYPES } from '@sluice/model'
import { accepting, COUNT, exactly, FLAG, ID, listOf, oneOf, ref, TEXT, text, TIME } from './schema.ts'
import type { Schema } from './schema.ts'

const NUMBER_OR_TEXT: Schema = { type: ['string', 'number'] }
const VALUE = text(LIMITS.valueCharsMax)
const DATASTREAM_ID: Schema = {
  type: 'string',
  pattern: String.raw`^[\p{L}\w\-+.]+$`,
  minLength: 1,
  maxLength: LIMITS.datastreamIdCharsMax,
}
/** A list, or one text with commas. */
const TAGS_INPUT: Schema = { anyOf: [listOf(TEXT), TEXT], examples: [['heat', 'house']] }
const PRIVATE_INPUT: Schema = { anyOf: [FLAG, oneOf(['true', 'false'])] }

/** Documents of feeds, datastreams and datapoints (API v2), and what is accepted for them. */
export const FEED_SCHEMAS: Readonly<Record<string, Schema>> = {
  Unit: exactly({ 'type?': oneOf(UNIT_TYPES), 'symbol?': TEXT, 'label?': TEXT }),
  Location: exactly({
    'disposition?': oneOf(DISPOSITIONS),
    'name?': TEXT,
    'exposure?': oneOf(EXPOSURES),
    'domain?': oneOf(DOMAINS),
    'ele?': TEXT,
    'lat?': { type: 'number', minimum: -90, maximum: 90 },
    'lon?': { type: 'number', minimum: -180, maximum: 180 },
    'waypoints?': listOf(exactly({ at: TIME, lat: { type: 'number' }, lon: { type: 'number' } })),
  }),
  Datapoint: exactly({ at: TIME, value: VALUE }),
  Datastream: exactly({
    id: DATASTREAM_ID,
    'current_value?': VALUE,
    'at?': TIME,
    'max_value?': TEXT,
    'min_value?': TEXT,
    'tags?': listOf(TEXT),
    'unit?': ref('Unit'),
    'datapoints_function?': TEXT,
    'datapoints?': listOf(ref('Datapoint')),
    'version?': TEXT,
  }),
  Datastreams: exactly({ version: TEXT, datastreams: listOf(ref('Datastream')) }),
  Feed: exactly({
    id: ID,
    title: TEXT,
    private: oneOf(['true', 'false']),
    'icon?': TEXT,
    'website?': TEXT,
    'tags?': listOf(TEXT),
    'description?': TEXT,
    feed: TEXT,
    'auto_feed_url?': TEXT,
    status: oneOf(['live', 'frozen']),
    updated: TIME,
    created: TIME,
    'email?': TEXT,
    creator: TEXT,
    'user?': exactly({ login: TEXT }),
    version: TEXT,
    'datastreams?': listOf(ref('Datastream')),
    'location?': ref('Location'),
    'product_id?': TEXT,
    'device_serial?': TEXT,
  }),
  Feeds: exactly({ totalResults: COUNT, startIndex: COUNT, itemsPerPage: COUNT, results: listOf(ref('Feed')) }),
  Result: exactly({ result: oneOf(['stored', 'duplicate', 'rejected']), 'reason?': TEXT }),
  Results: exactly({ results: listOf(ref('Result')) }),

  DatapointInput: accepting({ 'at?': TIME, value: NUMBER_OR_TEXT }),
  DatapointValue: accepting({ value: NUMBER_OR_TEXT }),
  DatapointsInput: accepting({ datapoints: listOf(ref('DatapointInput'), LIMITS.datapointsPerRequestMax) }),
  FeedDatapointsInput: accepting({
    datapoints: listOf(
      accepting({ datastream: DATASTREAM_ID, 'at?': TIME, value: NUMBER_OR_TEXT }),
      LIMITS.datapointsPerRequestMax,
    ),
  }),
  DatastreamInput: accepting({
    'id?': DATASTREAM_ID,
    'current_value?': NUMBER_OR_TEXT,
    'at?': TIME,
    'max_value?': NUMBER_OR_TEXT,
    'min_value?': NUMBER_OR_TEXT,
    'tags?': TAGS_INPUT,
    'unit?': ref('Unit'),
    'datapoints?': listOf(ref('DatapointInput'), LIMITS.datapointsPerRequestMax),
  }),
  DatastreamsInput: accepting({
    'version?': TEXT,
    datastreams: listOf(ref('DatastreamInput'), LIMITS.datastreamsPerFeedMax),
  }),
  FeedInput: accepting({
    'title?': text(LIMITS.titleCharsMax),
    'private?': PRIVATE_INPUT,
    'description?': text(LIMITS.descriptionCharsMax),
    'website?': text(LIMITS.urlCharsMax),
    'email?': TEXT,
    'icon?': text(LIMITS.urlCharsMax),
    'auto_feed_url?': text(LIMITS.urlCharsMax),
    'tags?': TAGS_INPUT,
    'location?': ref('Location'),
    'datastreams?': listOf(ref('DatastreamInput'), LIMITS.datastreamsPerFeedMax),
  }),
}
