import type { OwnerPrincipal } from '@sluice/model'
import { forbidden } from './problem.ts'
import { makeFailureDelay, makeRateLimiter, networkOf } from './rate-limit.ts'
import type { AccountService } from './sessions.ts'

/** Wrong attempts from one network: 20 at once, then one each 3 seconds. */
const ATTEMPT_RATE = { burst: 20, perSecond: 1 / 3 }

/** Who tries: an address, and the name of what is tried. */
export type Attempt = { address: string; name: string }

/** Slows down guessing, per network and per name, so that neither many addresses nor many names get more tries. */
export type SignInGuard = {
  /** @throws {SluiceError} `rate_limited` */
  check(attempt: Attempt): void
  failed(name: string): void
  succeeded(attempt: Attempt): void
  /**
   * That it is still the owner who sits there.
   * @throws {SluiceError} `forbidden` for a wrong password, `rate_limited`
   */
  provePassword(proof: { principal: OwnerPrincipal; password: string; address: string }): Promise<void>
}

export function makeSignInGuard(parts: {
  accounts: Pick<AccountService, 'isPassword'>
  onLogin(result: 'failed' | 'limited'): void
}): SignInGuard {
  const network = makeRateLimiter(ATTEMPT_RATE)
  const failures = makeFailureDelay()

  const guard: SignInGuard = {
    check({ address, name }) {
      try {
        network.take(networkOf(address))
        failures.check(name)
      } catch (error) {
        parts.onLogin('limited')
        throw error
      }
    },
    failed(name) {
      failures.failed(name)
      parts.onLogin('failed')
    },
    succeeded({ address, name }) {
      network.giveBack(networkOf(address))
      failures.succeeded(name)
    },
    async provePassword({ principal, password, address }) {
      const name = `account ${principal.accountId}`
      guard.check({ address, name })
      if (await parts.accounts.isPassword(principal, password)) {
        guard.succeeded({ address, name })
        return
      }
      guard.failed(name)
      throw forbidden('The password is wrong')
    },
  }
  return guard
}
