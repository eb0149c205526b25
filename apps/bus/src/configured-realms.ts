import type { Authenticator, Authorizer, RealmOptions } from '@sluice/wamp'
import { type CookieJar, makeCookieJar } from './cookie-jar.ts'
import { makeDecoys } from './decoys.ts'
import { type Decisions, makeDecisions } from './dynamic-authorizer.ts'
import type { CallProcedure } from './dynamic-methods.ts'
import { makeRealmAuthenticator } from './realm-authenticator.ts'
import { makeRealmAuthorizer } from './realm-authorizer.ts'
import type { RealmConfig } from './realm-config.ts'

/** A realm apart from accounts and sandbox. A program that embeds the bus may bring functions of its own. */
export interface RealmDefinition {
  readonly name: string
  readonly options?: Partial<RealmOptions>
  readonly authenticate: Authenticator
  readonly authorize: Authorizer
  /** Browsers get a cookie, which counts this long. */
  readonly cookieMaxAgeS?: number
  /** Some of its decisions are remembered: the realm gets a procedure that has them made anew. */
  readonly isPurgeable?: boolean
}

export interface ConfiguredRealms {
  readonly definitions: ReadonlyMap<string, RealmDefinition>
  readonly decisions: Decisions
  readonly cookies: CookieJar
  /** The longest that a cookie of any realm counts; null if none has them. */
  readonly cookieMaxAgeS: number | null
}

/** @param secret for salts of principals that do not exist */
export async function configureRealms(
  given: readonly (RealmConfig | RealmDefinition)[],
  { call, secret }: { call: CallProcedure; secret: Uint8Array },
): Promise<ConfiguredRealms> {
  const [cookies, decisions, decoys] = [makeCookieJar(), makeDecisions(), makeDecoys(secret)]
  const definitions = new Map<string, RealmDefinition>()
  for (const realm of given) {
    const definition =
      'authenticate' in realm
        ? realm
        : {
            name: realm.name,
            options: optionsOf(realm),
            authenticate: await makeRealmAuthenticator(realm, { decoys, cookies, call }),
            authorize: makeRealmAuthorizer(realm.roles, { decisions, call }),
            isPurgeable: realm.roles.some(({ authorizer }) => authorizer !== undefined),
            ...(realm.auth.cookie && { cookieMaxAgeS: realm.auth.cookie.maxAgeS }),
          }
    definitions.set(realm.name, definition)
  }
  const ages = [...definitions.values()].flatMap(({ cookieMaxAgeS }) => cookieMaxAgeS ?? [])
  return { definitions, decisions, cookies, cookieMaxAgeS: ages.length > 0 ? Math.max(...ages) : null }
}

function optionsOf({ options, history, resumption, quotas }: RealmConfig): Partial<RealmOptions> {
  return { ...options, ...(history && { history }), ...(resumption && { resumption }), ...(quotas && { quotas }) }
}
