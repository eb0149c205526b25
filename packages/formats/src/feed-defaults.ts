import { type Feed, type FeedDefaults, type FeedDefaultsDocument, LIMITS, SluiceError, type Unit } from '@sluice/model'
import { isHash, type Input } from './body.ts'
import { readFeedPatch } from './feeds.ts'
import type { Problems } from './problems.ts'
import { isMissing } from './scalars.ts'
import { sortTags } from './tags.ts'

type DefaultsInput = Input<'title' | 'description' | 'website' | 'tags' | 'private' | 'datastreams'>
type DatastreamInput = Input<'id' | 'tags' | 'unit'>

/**
 * A product's `feed_defaults`, held to the rules of a feed: title, description, website, tags, private, and datastreams
 * with id, tags and unit. Values and all other members are left out, so that a whole feed may be sent.
 */
export function readFeedDefaults(input: unknown, problems: Problems): FeedDefaults | undefined {
  if (isMissing(input)) return undefined
  if (!isHash(input)) {
    problems.push('feed_defaults must be an object')
    return undefined
  }
  const { title, description, website, tags, private: isPrivate, datastreams }: DefaultsInput = input
  const document = {
    ...(!isMissing(title) && { title }),
    description,
    website,
    tags,
    private: isPrivate,
    datastreams: Array.isArray(datastreams) ? datastreams.map(metadataOf) : datastreams,
  }
  try {
    const defaults = defaultsOf(readFeedPatch(document, 0))
    if (isSmall(defaults)) return defaults
    problems.push(TOO_LARGE)
  } catch (error) {
    if (!(error instanceof SluiceError) || error.code !== 'unprocessable') throw error
    problems.push(...error.messages.map((message) => `feed_defaults_${message}`))
  }
  return undefined
}

function metadataOf(entry: unknown): unknown {
  if (!isHash(entry)) return entry
  const { id, tags, unit }: DatastreamInput = entry
  return { id, tags, unit }
}

function defaultsOf(patch: ReturnType<typeof readFeedPatch>): FeedDefaults {
  const { title, description, website, tags, isPrivate = true, datastreams } = patch
  return {
    ...(title !== undefined && { title }),
    ...(description && { description }),
    ...(website && { website }),
    ...(tags && tags.length > 0 && { tags }),
    isPrivate,
    ...(datastreams && datastreams.length > 0 && { datastreams: datastreams.map(defaultStream) }),
  }
}

type Stream = { id: string; tags?: string[]; unit?: Unit }

function defaultStream({ id, tags, unit }: Stream): Stream {
  return {
    id,
    ...(tags && tags.length > 0 && { tags }),
    ...(unit && Object.keys(unit).length > 0 && { unit }),
  }
}

/**
 * What a device's feed would hand on to the other devices of its product.
 * @throws {SluiceError} `unprocessable`: more than 65,536 characters as JSON
 */
export function feedDefaultsOf(feed: Feed): FeedDefaults {
  const { title, description, website, tags, isPrivate, datastreams } = feed
  const defaults = defaultsOf({
    title,
    description,
    website,
    tags,
    isPrivate,
    datastreams: datastreams.map(defaultStream),
  })
  if (isSmall(defaults)) return defaults
  throw new SluiceError('unprocessable', TOO_LARGE)
}

const isSmall = (defaults: FeedDefaults): boolean => JSON.stringify(defaults).length <= LIMITS.feedDefaultsCharsMax
const TOO_LARGE = `feed_defaults is too long (maximum is ${LIMITS.feedDefaultsCharsMax} characters as JSON)`

/** As API v2 shows them: `private` is a string, a datastream always has its tags. */
export function renderFeedDefaults(defaults: FeedDefaults): FeedDefaultsDocument {
  const { title, description, tags, isPrivate, website, datastreams } = defaults
  return {
    ...(title !== undefined && { title }),
    ...(description && { description }),
    ...(tags && tags.length > 0 && { tags: sortTags(tags) }),
    private: isPrivate ? 'true' : 'false',
    ...(website && { website }),
    ...(datastreams && {
      datastreams: datastreams.map((stream) => ({
        id: stream.id,
        tags: sortTags(stream.tags ?? []),
        ...(stream.unit && { unit: stream.unit }),
      })),
    }),
  }
}
