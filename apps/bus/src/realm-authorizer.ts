import type { Action, Authorizer, Dict, MatchPolicy } from '@sluice/wamp'
import type { AuthorizerConfig, Decisions } from './dynamic-authorizer.ts'
import type { CallProcedure } from './dynamic-methods.ts'
import { type Permission, permissionsOf } from './permissions.ts'

export interface RoleConfig {
  readonly name: string
  readonly permissions: readonly Permission[]
  readonly authorizer?: AuthorizerConfig
}

/**
 * What sessions of a configured realm may: the permissions of their role, and what none of those is about the role's
 * authorizer decides. What neither allows is refused.
 */
export function makeRealmAuthorizer(
  roles: readonly RoleConfig[],
  { decisions, call }: { decisions: Decisions; call: CallProcedure },
): Authorizer {
  const known = new Map(
    roles.map(({ name, permissions, authorizer }) => [
      name,
      { tableFor: permissionsOf(permissions), ask: authorizer ? decisions.authorizer(authorizer, call) : null },
    ]),
  )
  return (session, action, uri, options) => {
    const role = known.get(session.identity.authrole)
    if (!role) return false
    const grant = role.tableFor(session.identity).decide(action, uri, matchOf(action, options))
    return grant ?? (role.ask ? role.ask(session, action, uri, options) : false)
  }
}

/** CALL and PUBLISH know no patterns. */
function matchOf(action: Action, { match }: Dict): MatchPolicy {
  if (action === 'call' || action === 'publish') return 'exact'
  return match === 'prefix' || match === 'wildcard' ? match : 'exact'
}
