import { MutationCache, QueryCache, QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { RouterProvider } from '@tanstack/react-router'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { sessionQuery } from './features/session/session.ts'
import { makeRouter } from './router.tsx'
import './styles.css'
import { isSignedOut } from './ui/error-words.ts'

const queries: QueryClient = new QueryClient({
  defaultOptions: { queries: { retry: false, staleTime: 10_000, refetchOnWindowFocus: true } },
  queryCache: new QueryCache({ onError: (error) => void leaveWhenSignedOut(error) }),
  mutationCache: new MutationCache({ onError: (error) => void leaveWhenSignedOut(error) }),
})
const router = makeRouter(queries)

/** A 401 can also mean a wrong password in a form: the server is asked who is signed in before the page is left. */
async function leaveWhenSignedOut(error: unknown): Promise<void> {
  if (!isSignedOut(error) || router.state.location.pathname === '/sign-in') return
  const session = await queries.fetchQuery({ ...sessionQuery, staleTime: 0 })
  if (session === null) await router.navigate({ to: '/sign-in', search: { from: router.state.location.href } })
}

const root = document.querySelector('#root')
if (!root) throw new Error('index.html has no #root')
createRoot(root).render(
  <StrictMode>
    <QueryClientProvider client={queries}>
      <RouterProvider router={router} />
    </QueryClientProvider>
  </StrictMode>,
)
