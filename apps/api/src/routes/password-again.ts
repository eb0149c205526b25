import type { OwnerPrincipal, Principal } from '@sluice/model'
import { z } from 'zod'
import { forbidden } from '../problem.ts'

export const PASSWORD_CHARS_MAX = 128

/** What shows a secret asks who is there first. */
export const PasswordAgain = z.object({ password: z.string().min(1).max(PASSWORD_CHARS_MAX) })

/** @throws {SluiceError} `forbidden` for a key */
export function ownerOf(principal: Principal): OwnerPrincipal {
  if (principal.kind !== 'owner') throw forbidden()
  return principal
}
