import { ERROR, ProtocolError, WampError } from '../errors.ts'
import { type Event, type Publish, TYPE } from '../messages.ts'
import { type Dict, NO_ENTRIES, type Payload } from '../payload.ts'
import type { MatchPolicy } from '../uri.ts'
import type { Grant } from './authenticator.ts'
import { passedOn, usesPassthru } from './passthru.ts'
import { Audience } from './receivers.ts'
import type { RouterSession } from './session.ts'

/** One publication, on its way or kept. */
export interface Publication {
  readonly id: number
  readonly topic: string
  readonly payload: Payload
  /** The session that must not get it, which is its publisher; 0: none (Advanced Profile, "Publisher Exclusion"). */
  readonly excluded: number
  /** Null of most: then all receivers of one subscription get the same EVENT. */
  readonly terms: PublicationTerms | null
}

export interface PublicationTerms {
  readonly audience: Audience | null
  /** Options that go on to receivers as details. */
  readonly passed: Dict | null
  /** `publisher…` details, if disclosed. */
  readonly publisher: Dict | null
  readonly trustlevel: number | undefined
  /** Chooses among consumer groups' nodes; '': none. */
  readonly rkey: string
}

/**
 * @param id of the publication
 * @throws {WampError} the publisher wants to be disclosed, which is not granted
 * @throws {ProtocolError} payload passthru by a client that did not announce it (Advanced Profile, "Payload Passthru
 * Mode")
 */
export function checkedPublication(
  publisher: RouterSession,
  message: Publish,
  { id, grant, discloseDenied }: { id: number; grant: Grant; discloseDenied: 'ignore' | 'error' },
): Publication {
  const options = message[2]
  if (usesPassthru(options) && !publisher.announces('publisher', 'payload_passthru_mode'))
    throw new ProtocolError('payload_passthru_mode was not announced')
  const { disclose = 'off' } = grant
  if (disclose === 'off' && discloseDenied === 'error' && options['disclose_me'] === true)
    throw new WampError(ERROR.discloseMeDenied, [message[3]])
  return publicationOf(publisher, message, { id, grant })
}

export function publicationOf(
  publisher: RouterSession,
  [, , options, topic, payload]: Publish,
  { id, grant }: { id: number; grant: Grant },
): Publication {
  const excluded = options['exclude_me'] === false ? 0 : publisher.id
  return { id, topic, payload, excluded, terms: termsOf(publisher, options, grant) }
}

function termsOf(session: RouterSession, options: Dict, { disclose, trustlevel }: Grant): PublicationTerms | null {
  const isDisclosed = disclose === 'on' || (disclose === 'choose' && options['disclose_me'] === true)
  if (!isDisclosed && trustlevel === undefined && isPlain(options)) return null
  const { authid, authrole } = session.identity
  const rkey = options['rkey']
  return {
    audience: Audience.of(options),
    passed: passedOn(options),
    publisher: isDisclosed ? { publisher: session.id, publisher_authid: authid, publisher_authrole: authrole } : null,
    trustlevel,
    rkey: typeof rkey === 'string' || typeof rkey === 'number' ? String(rkey) : '',
  }
}

/** Whether nothing in there makes a difference between receivers or goes on to them. */
function isPlain(options: Dict): boolean {
  for (const key in options) if (key !== 'acknowledge' && key !== 'exclude_me') return false
  return true
}

/** The EVENT that all receivers of a plain publication get. */
export function plainEvent(publication: Publication, match: MatchPolicy, subscription: number): Event {
  const { id, topic, payload } = publication
  return [TYPE.EVENT, subscription, id, match === 'exact' ? NO_ENTRIES : { topic }, payload]
}

/**
 * The EVENTs of one publication under one subscription: one object for all receivers that get the same details, so that
 * a transport recognises and encodes it once. Who published is told to those who announced that they want to know
 * (Advanced Profile, "Publisher Identification", "Publication Trust Levels").
 */
export class EventVariants {
  readonly #publication: Publication
  readonly #match: MatchPolicy
  readonly #subscription: number
  readonly #mark: Dict | null
  readonly #events: (Event | null)[] = [null, null, null, null]

  /** @param mark details besides those of the publication */
  constructor(publication: Publication, subscription: { id: number; match: MatchPolicy }, mark: Dict | null = null) {
    this.#publication = publication
    this.#match = subscription.match
    this.#subscription = subscription.id
    this.#mark = mark
  }

  for(receiver: RouterSession): Event {
    const { terms } = this.#publication
    let variant = 0
    if (terms?.publisher && receiver.announces('subscriber', 'publisher_identification')) variant = 1
    if (terms?.trustlevel !== undefined && receiver.announces('subscriber', 'publication_trustlevels')) variant += 2
    return (this.#events[variant] ??= this.#make(variant))
  }

  #make(variant: number): Event {
    const { id, topic, payload, terms } = this.#publication
    const details: Dict = { ...this.#mark, ...terms?.passed }
    if (this.#match !== 'exact') details['topic'] = topic
    if ((variant & 1) !== 0) Object.assign(details, terms?.publisher)
    if ((variant & 2) !== 0) details['trustlevel'] = terms?.trustlevel
    return [TYPE.EVENT, this.#subscription, id, details, payload]
  }
}
