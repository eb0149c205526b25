import { LIMITS, type FeedPatch, type Micros } from '@sluice/model'
import { asHash, listOf, type Body, type Input } from './body.ts'
import { readDatastreams } from './datastreams.ts'
import { feedDocument } from './documents.ts'
import { readLocation } from './location.ts'
import { refuseAny } from './problems.ts'
import { readBoolean, readText, timeOfAll, type Reading } from './scalars.ts'
import { readTags } from './tags.ts'

type FeedInput = Input<
  | 'title'
  | 'private'
  | 'description'
  | 'website'
  | 'email'
  | 'icon'
  | 'auto_feed_url'
  | 'tags'
  | 'location'
  | 'datastreams'
>

/**
 * Body of POST /v2/feeds and PUT /v2/feeds/ID. Members that the service owns (`id`, `status`, `creator`, …) and unknown
 * ones are ignored, because clients send back whole feeds; `null` means not supplied, `""` clears. CSV carries values
 * alone: it can write to a feed, not make one.
 * @param now bounds the times of datapoints
 * @throws {SluiceError} `invalid`: not the format it should be; `unprocessable`: the sentences of API v2, all of them
 */
export function parseFeedBody(body: Body, now: Micros): FeedPatch {
  return readFeedPatch(feedDocument(body), now)
}

/** The same for a document that is already parsed (a WAMP call). */
export function readFeedPatch(document: unknown, now: Micros): FeedPatch {
  const input: FeedInput = asHash(document)
  const reading: Reading = { now, problems: [], timeOfAll: timeOfAll(input) }
  const patch: FeedPatch = {}
  readMetadata(input, patch, reading)
  const listed = listOf(input.datastreams, 'datastreams')
  if (listed) patch.datastreams = readDatastreams(listed, reading)
  refuseAny(reading.problems)
  return patch
}

function readMetadata(input: FeedInput, patch: FeedPatch, { problems }: Reading): void {
  const title = readText(input.title, 'title', LIMITS.titleCharsMax, problems)
  if (title !== undefined && title.trim() === '') problems.push("title can't be blank")
  else if (title !== undefined) patch.title = title
  const isPrivate = readBoolean(input.private, 'private', problems)
  if (isPrivate !== undefined) patch.isPrivate = isPrivate
  const description = readText(input.description, 'description', LIMITS.descriptionCharsMax, problems)
  if (description !== undefined) patch.description = description || null
  const website = readText(input.website, 'website', LIMITS.urlCharsMax, problems)
  if (website !== undefined) patch.website = website || null
  const email = readText(input.email, 'email', LIMITS.labelCharsMax, problems)
  if (email !== undefined) patch.email = email || null
  const icon = readText(input.icon, 'icon', LIMITS.urlCharsMax, problems)
  if (icon !== undefined) patch.icon = icon || null
  const autoFeedUrl = readText(input.auto_feed_url, 'auto_feed_url', LIMITS.urlCharsMax, problems)
  if (autoFeedUrl !== undefined) patch.autoFeedUrl = autoFeedUrl || null
  const tags = readTags(input.tags, 'tags', problems)
  if (tags !== undefined) patch.tags = tags
  const location = readLocation(input.location, problems)
  if (location !== undefined) patch.location = location
}
