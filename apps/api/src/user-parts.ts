import type { PasswordHasher } from './passwords.ts'
import type { RouteParts } from './route-parts.ts'
import type { AccountService } from './sessions.ts'
import type { SignInGuard } from './sign-in-guard.ts'

/** What the routes of users work with. */
export type UserParts = Pick<RouteParts, 'db'> & {
  hasher: PasswordHasher
  accounts: AccountService
  guard: SignInGuard
  /** names of realms that are no accounts': nobody gets them as a login */
  reservedLogins: readonly string[]
  /** what is remembered of an account's keys is looked up again */
  forgetKeys(accountId: number): void
}
