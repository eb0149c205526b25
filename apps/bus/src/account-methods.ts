import {
  type HelloRequest,
  type Principal,
  type RouterMethod,
  type ScramDialect,
  type ScramPrincipal,
  craMethod,
  saltPassword,
  scramKeys,
  scramMethod,
  ticketMethod,
} from '@sluice/wamp'
import type { BusDirectory, BusPrincipal, RevealedKey } from './directory.ts'
import { narrowKey } from './key-on-bus.ts'

/** Longer than any key or ticket; what is longer is refused without asking the directory. */
const TICKET_LENGTH_MAX = 256
/** The authid that a signed-in browser names with its ticket. */
const BROWSER_AUTHID = 'session'
const KEY_ID = /^[1-9][0-9]{0,14}$/
/** Keys have 226 random bits, which no iterations protect any better: the least that clients accept (RFC 7677). */
const ITERATIONS = 4096
const AUTHPROVIDER = 'sluice'

/**
 * What account realms take: an API key as `ticket`, or as the secret of WAMP-CRA and SCRAM under the key's id; and the
 * single-use ticket of a signed-in browser. A key id that does not exist is challenged like one that does.
 */
export function accountMethods(directory: BusDirectory): RouterMethod[] {
  return [
    ticketMethod(async (hello, ticket) => {
      const principal = await findByTicket(directory, hello, ticket)
      return principal && { identity: identityOf(principal) }
    }),
    craMethod({
      find: async (hello) => {
        const found = await reveal(directory, hello)
        return found && { ...craOf(found.newest), former: found.previous && craOf(found.previous) }
      },
      decoy: (authid) => ({ identity: decoy(authid), key: textOf(directory.saltFor(`decoy ${authid}`)) }),
      now: () => new Date(),
    }),
    scram('wamp-scram', directory),
    scram('scram', directory),
  ]
}

const craOf = ({ principal, apiKey }: RevealedKey): { identity: Principal['identity']; key: string } => ({
  identity: identityOf(principal),
  key: apiKey,
})

/** The keys of SCRAM are derived anew each time: nothing but the sealed key is stored, and nothing is cached. */
function scram(dialect: ScramDialect, directory: BusDirectory): RouterMethod {
  const derive = async (identity: Principal['identity'], authid: string, apiKey: string): Promise<ScramPrincipal> => {
    const cost = { kdf: 'pbkdf2', salt: directory.saltFor(authid), iterations: ITERATIONS } as const
    return { identity, ...cost, ...(await scramKeys(await saltPassword(apiKey, cost, { dialect }))) }
  }
  return scramMethod({
    dialect,
    find: async (hello) => {
      const found = await reveal(directory, hello)
      if (!found) return null
      const prove = ({ principal, apiKey }: RevealedKey): Promise<ScramPrincipal> =>
        derive(identityOf(principal), hello.authid, apiKey)
      const former = found.previous && (await prove(found.previous))
      return { ...(await prove(found.newest)), former }
    },
    decoy: (authid) => derive(decoy(authid), authid, textOf(directory.saltFor(`decoy ${authid}`))),
  })
}

/** A browser's ticket where the authid says so or says nothing; an API key under any authid, since it names itself. */
async function findByTicket(
  directory: BusDirectory,
  { realm, authid, transport }: HelloRequest,
  ticket: string,
): Promise<Extract<BusPrincipal, { accountId: number }> | null> {
  if (ticket.length > TICKET_LENGTH_MAX) return null
  const isBrowser = authid === null || authid === BROWSER_AUTHID
  const owner = isBrowser ? await directory.redeemTicket(realm, ticket) : null
  if (owner) return owner
  const key = await directory.findKeyForRealm(realm, ticket)
  return key && narrowKey(key, transport)
}

async function reveal(
  directory: BusDirectory,
  { realm, authid, transport }: HelloRequest & { authid: string },
): Promise<{ newest: RevealedKey; previous: RevealedKey | undefined } | null> {
  const found = KEY_ID.test(authid) ? await directory.revealKeyForRealm(realm, Number(authid)) : null
  const principal = found && narrowKey(found.principal, transport)
  if (!principal) return null
  const { apiKey, previous } = found
  // it is the same key: what is left of one text is left of the other
  const { permissions } = principal
  const former = previous && { ...previous, principal: { ...previous.principal, permissions } }
  return { newest: { principal, apiKey }, previous: former }
}

/** @param principal of an account */
export function identityOf(principal: Extract<BusPrincipal, { accountId: number }>): Principal['identity'] {
  const authid = principal.kind === 'key' ? String(principal.keyId) : principal.login
  return { authid, authrole: principal.kind, authprovider: AUTHPROVIDER, principal }
}

function decoy(authid: string): Principal['identity'] {
  return { authid, authrole: 'key', authprovider: AUTHPROVIDER }
}

function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64url')
}
