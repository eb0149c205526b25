/** What a resource of API v2 can be written as: the same document, in several formats. */
import type {
  DatapointDocument,
  DatastreamDocument,
  ErrorDocument,
  FeedDocument,
  FeedListDocument,
  KeyDocument,
} from './documents.ts'
import type { TriggerV2Document } from './trigger-documents.ts'

export const FORMATS = ['json', 'xml', 'csv', 'png'] as const
export type Format = (typeof FORMATS)[number]
/** Formats made of text: what bodies come in. */
export type TextFormat = Exclude<Format, 'png'>

/** `v1` is the older layout: XML is EEML 5, JSON is 0.6-alpha, CSV is one line of values by position. */
export type ApiVersion = 'v1' | 'v2'

/** What a datastream's XML says of the feed around it. */
export type EnvironmentDocument = Pick<FeedDocument, 'id' | 'updated' | 'created' | 'creator'>

/** Answer to an activation (API v2): `apikey` has no underscore there. */
export type ActivationDocument = { apikey: string; feed_id: number; datastreams: string[] }

/** A user of API v2, for administrators. */
export type UserDocument = {
  login: string
  email: string
  full_name: string
  /** `admin` or `user` */
  roles: string[]
  created_at: string
  /** only to the user: false until a password was set */
  has_password?: boolean
}

/** Says that a document answers a history query: CSV then has a row for each datapoint, and none where none was found. */
type History = { isHistory?: boolean }

/**
 * A document and what it is of, so that it can be written in every format that its kind has. Without `isHistory`, a
 * document counts as history when one of its datastreams has `datapoints`.
 */
export type Representation =
  | ({ kind: 'feed'; document: FeedDocument } & History)
  | ({ kind: 'feeds'; document: FeedListDocument } & History)
  | ({ kind: 'datastream'; document: DatastreamDocument; environment: EnvironmentDocument } & History)
  | ({
      kind: 'datastreams'
      document: { version: '1.0.0'; datastreams: DatastreamDocument[] }
      environment: EnvironmentDocument
    } & History)
  | { kind: 'datapoint'; document: DatapointDocument }
  | { kind: 'trigger'; document: TriggerV2Document }
  | { kind: 'triggers'; document: TriggerV2Document[] }
  | { kind: 'key'; document: { key: KeyDocument } }
  | { kind: 'keys'; document: { keys: KeyDocument[] } }
  | { kind: 'activation'; document: ActivationDocument }
  | { kind: 'user'; document: { user: UserDocument } }
  | { kind: 'users'; document: { users: UserDocument[] } }
  | { kind: 'error'; document: ErrorDocument }
export type RepresentationKind = Representation['kind']
