import type { SessionDocument } from '@sluice/model'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import type { UseMutationResult } from '@tanstack/react-query'
import { useRouter } from '@tanstack/react-router'
import { client } from '../../client.ts'
import { forgetKeys } from '../keys/known-keys.ts'
import { returnPath } from './return-path.ts'
import { noted, sessionQuery } from './session.ts'

export type Credentials = { email: string; password: string } | { token: string }

/** Signs in by password or one-time link, then goes to where the visitor was headed. */
export function useSignIn(from: string | undefined): UseMutationResult<SessionDocument, Error, Credentials> {
  const queries = useQueryClient()
  const router = useRouter()
  return useMutation({
    mutationFn: (given: Credentials) =>
      'token' in given
        ? client.session.signInWithLink(given.token)
        : client.session.signIn(given.email, given.password),
    onSuccess: (session) => {
      queries.setQueryData(sessionQuery.queryKey, noted(session))
      router.history.replace(returnPath(from))
    },
  })
}

/** Ends the session on the server, forgets everything that was loaded, and shows the sign-in page. */
export function useSignOut(): () => Promise<void> {
  const queries = useQueryClient()
  const router = useRouter()
  return async () => {
    await client.session.signOut()
    forgetKeys()
    queries.clear()
    queries.setQueryData(sessionQuery.queryKey, noted(null))
    await router.navigate({ to: '/sign-in', search: {} })
  }
}
