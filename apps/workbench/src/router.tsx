import type { QueryClient } from '@tanstack/react-query'
import {
  Outlet,
  createRootRouteWithContext,
  createRoute,
  createRouter,
  lazyRouteComponent,
  redirect,
} from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { client } from './client.ts'
import { parseDeviceSearch } from './features/device/device-search.ts'
import { DevicesPage } from './features/devices/DevicesPage.tsx'
import { SignInPage } from './features/session/SignInPage.tsx'
import { returnPath } from './features/session/return-path.ts'
import { sessionQuery } from './features/session/session.ts'
import { CrashPage, NotFoundPage } from './features/shell/Nowhere.tsx'
import { Shell } from './features/shell/Shell.tsx'
import { parseSearch, stringifySearch } from './search-text.ts'
import { Toasts } from './ui/Toasts.tsx'

const rootRoute = createRootRouteWithContext<{ queries: QueryClient }>()({
  component: Root,
  notFoundComponent: () => <NotFoundPage />,
})

function Root(): ReactNode {
  return (
    <>
      <Outlet />
      <Toasts />
    </>
  )
}

const signInRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/sign-in',
  validateSearch: (search: Record<string, unknown>): { token?: string; from?: string } => ({
    ...(typeof search['token'] === 'string' ? { token: search['token'] } : {}),
    ...(typeof search['from'] === 'string' ? { from: search['from'] } : {}),
  }),
  beforeLoad: async ({ context, search }) => {
    if (search.token !== undefined) return
    const session = await context.queries.fetchQuery(sessionQuery).catch(() => null)
    if (session) throw redirect({ href: returnPath(search.from) })
  },
  component: function SignInRoute() {
    return <SignInPage token={signInRoute.useSearch().token} from={signInRoute.useSearch().from} />
  },
})

const signedInRoute = createRoute({
  getParentRoute: () => rootRoute,
  id: 'signed-in',
  beforeLoad: async ({ context, location }) => {
    const session = await context.queries.ensureQueryData(sessionQuery)
    if (!session) throw redirect({ to: '/sign-in', search: { from: location.href } })
  },
  component: Shell,
  errorComponent: CrashPage,
})

const homeRoute = createRoute({
  getParentRoute: () => signedInRoute,
  path: '/',
  beforeLoad: () => {
    throw redirect({ to: '/devices' })
  },
})

const devicesRoute = createRoute({
  getParentRoute: () => signedInRoute,
  path: '/devices',
  component: DevicesPage,
})

const addDeviceRoute = createRoute({
  getParentRoute: () => devicesRoute,
  path: '/new',
  component: lazyRouteComponent(() => import('./features/devices/AddDeviceDialog.tsx'), 'AddDeviceDialog'),
})

const deviceRoute = createRoute({
  getParentRoute: () => signedInRoute,
  path: '/devices/$deviceId',
  validateSearch: parseDeviceSearch,
  component: lazyRouteComponent(() => import('./features/device/DevicePage.tsx'), 'DevicePage'),
})

/** Where feed URLs lead: the page of the device that owns the feed. */
const feedRoute = createRoute({
  getParentRoute: () => signedInRoute,
  path: '/feeds/$feedId',
  beforeLoad: async ({ params }) => {
    const device = (await client.devices.list()).find((device) => String(device.feed_id) === params.feedId)
    if (device) throw redirect({ to: '/devices/$deviceId', params: { deviceId: String(device.id) }, search: {} })
  },
  component: () => <NotFoundPage what="This feed" />,
})

const settingsRoute = createRoute({
  getParentRoute: () => signedInRoute,
  path: '/settings',
  component: lazyRouteComponent(() => import('./features/settings/SettingsPage.tsx'), 'SettingsPage'),
})

const routeTree = rootRoute.addChildren([
  signInRoute,
  signedInRoute.addChildren([
    homeRoute,
    devicesRoute.addChildren([addDeviceRoute]),
    deviceRoute,
    feedRoute,
    settingsRoute,
  ]),
])

export function makeRouter(queries: QueryClient) {
  return createRouter({
    routeTree,
    context: { queries },
    parseSearch,
    stringifySearch,
    defaultPreload: 'intent',
    defaultErrorComponent: CrashPage,
    scrollRestoration: true,
  })
}

declare module '@tanstack/react-router' {
  interface Register {
    router: ReturnType<typeof makeRouter>
  }
}
