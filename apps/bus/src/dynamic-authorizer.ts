import {
  type Action,
  type Authorizer,
  type Grant,
  type SessionInfo,
  type Verdict,
  WampError,
  ERROR,
} from '@sluice/wamp'
import { z } from 'zod'
import type { CallProcedure } from './dynamic-methods.ts'
import { sessionDict } from './session-dict.ts'

/** Decisions remembered at once; the oldest are asked for again. */
const DECISIONS_MAX = 10_000
const CACHE_S = 60

export interface AuthorizerConfig {
  readonly procedure: string
  readonly realm?: string
  /** null: as long as the session lives. Default 60 s. */
  readonly cacheS?: number | null
}

/** Whose decisions are to be made anew: of sessions that are all of what is given; nothing: all. */
export interface PurgeFilter {
  readonly realm?: string
  readonly authid?: string
  readonly authrole?: string
}

const Filter = z.strictObject({ authid: z.string().exactOptional(), authrole: z.string().exactOptional() }).default({})

/** A filter as a client says it. @throws {WampError} wamp.error.invalid_argument */
export function purgeFilter(value: unknown): PurgeFilter {
  const parsed = Filter.safeParse(value ?? undefined)
  if (parsed.success) return parsed.data
  throw new WampError(ERROR.invalidArgument, ['a dict with authid, authrole, both or neither is expected'])
}

/** What an authorizer answers: a boolean, or Crossbar's dict. `disclose: true` is `on`. */
const Answer = z.union([
  z.boolean().transform((allow) => ({ allow, disclose: false as const, cache: false, trustlevel: undefined })),
  z.object({
    allow: z.boolean(),
    disclose: z.union([z.boolean(), z.enum(['on', 'off', 'choose'])]).default(false),
    cache: z.boolean().default(false),
    trustlevel: z.int().min(0).optional(),
  }),
])

interface Decision {
  readonly grant: Grant
  readonly realm: string
  readonly authid: string
  readonly authrole: string
  /** ms since 1970 */
  readonly until: number
}

/** Decisions of authorizers that may be used again, per session, action and URI. */
export interface Decisions {
  /** An authorizer that asks a procedure, called as in Crossbar with session, URI, action and options. */
  authorizer(config: AuthorizerConfig, call: CallProcedure): Authorizer
  /** Forgets decisions. @returns how many */
  purge(filter?: PurgeFilter): number
}

/** @param now ms since 1970 */
export function makeDecisions(now: () => number = Date.now): Decisions {
  const known = new Map<string, Decision>()
  const keep = (key: string, decision: Decision): void => {
    known.delete(key)
    for (const oldest of known.keys()) {
      if (known.size < DECISIONS_MAX) break
      known.delete(oldest)
    }
    known.set(key, decision)
  }
  return {
    authorizer({ procedure, realm, cacheS = CACHE_S }, call) {
      return (session, action, uri, options): Verdict | Promise<Verdict> => {
        const { authid, authrole } = session.identity
        const key = keyOf(session, action, uri, options)
        const found = known.get(key)
        // an identity may have changed since
        if (found && found.until > now() && found.authid === authid && found.authrole === authrole) return found.grant
        return call(realm ?? session.realm, procedure, [sessionDict(session), uri, action, options]).then(
          ({ args }) => {
            const answer = Answer.safeParse(args[0])
            if (!answer.success)
              throw new WampError(ERROR.authorizationFailed, ['the authorizer answered nothing usable'])
            const grant = grantOf(answer.data)
            const until = cacheS === null ? Infinity : now() + cacheS * 1000
            if (answer.data.cache) keep(key, { grant, realm: session.realm, authid, authrole, until })
            return grant
          },
        )
      }
    },
    purge({ realm, authid, authrole } = {}) {
      let count = 0
      for (const [key, decision] of known) {
        if ((realm ?? decision.realm) !== decision.realm) continue
        if ((authid ?? decision.authid) !== decision.authid || (authrole ?? decision.authrole) !== decision.authrole)
          continue
        known.delete(key)
        count += 1
      }
      return count
    },
  }
}

function keyOf(session: SessionInfo, action: Action, uri: string, options: Readonly<Record<string, unknown>>): string {
  const { match } = options
  return `${session.id} ${action} ${typeof match === 'string' ? match : 'exact'} ${uri}`
}

function grantOf({ allow, disclose, trustlevel }: z.infer<typeof Answer>): Grant {
  const of = disclose === true ? 'on' : disclose === false ? 'off' : disclose
  return { allow, disclose: of, ...(trustlevel !== undefined && { trustlevel }) }
}
