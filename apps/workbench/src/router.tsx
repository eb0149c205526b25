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
import { parseDeliveriesSearch } from './features/deliveries/deliveries-search.ts'
import { parseDeviceSearch } from './features/device/device-search.ts'
import { parseDocsSearch } from './features/docs/docs-search.ts'
import { DevicesPage } from './features/devices/DevicesPage.tsx'
import { SignInPage } from './features/session/SignInPage.tsx'
import { returnPath } from './features/session/return-path.ts'
import { sessionQuery } from './features/session/session.ts'
import { CrashPage, NotFoundPage } from './features/shell/Nowhere.tsx'
import { Shell } from './features/shell/Shell.tsx'
import { parseEditorSearch } from './features/trigger-editor/preview-search.ts'
import { parseTriggerSearch, parseTriggersSearch } from './features/triggers/triggers-search.ts'
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

/** Pages with the bar and the list of pages around them. */
const shellRoute = createRoute({
  getParentRoute: () => rootRoute,
  id: 'shell',
  component: Shell,
  errorComponent: CrashPage,
})

/** Needs nobody to be signed in: the server tells everybody what its API is. */
const docsRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/docs',
  validateSearch: parseDocsSearch,
  beforeLoad: async ({ context }) => {
    await context.queries.ensureQueryData(sessionQuery).catch(() => null)
  },
  component: lazyRouteComponent(() => import('./features/docs/DocsPage.tsx'), 'DocsPage'),
})

const signedInRoute = createRoute({
  getParentRoute: () => shellRoute,
  id: 'signed-in',
  beforeLoad: async ({ context, location }) => {
    const session = await context.queries.ensureQueryData(sessionQuery)
    if (!session) throw redirect({ to: '/sign-in', search: { from: location.href } })
  },
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
  validateSearch: parseDeviceSearch,
  beforeLoad: async ({ params, search }) => {
    const device = (await client.devices.list()).find((device) => String(device.feed_id) === params.feedId)
    if (device) throw redirect({ to: '/devices/$deviceId', params: { deviceId: String(device.id) }, search })
  },
  component: () => <NotFoundPage what="This feed" />,
})

const triggersRoute = createRoute({
  getParentRoute: () => signedInRoute,
  path: '/triggers',
})

const triggerListRoute = createRoute({
  getParentRoute: () => triggersRoute,
  path: '/',
  validateSearch: parseTriggersSearch,
  component: lazyRouteComponent(() => import('./features/triggers/TriggersPage.tsx'), 'TriggersPage'),
})

const newTriggerRoute = createRoute({
  getParentRoute: () => triggersRoute,
  path: '/new',
  validateSearch: parseEditorSearch,
  component: lazyRouteComponent(() => import('./features/trigger-editor/EditorPages.tsx'), 'NewTriggerPage'),
})

const triggerRoute = createRoute({
  getParentRoute: () => triggersRoute,
  path: '/$triggerId',
  validateSearch: parseTriggerSearch,
  component: lazyRouteComponent(() => import('./features/triggers/TriggerPage.tsx'), 'TriggerPage'),
})

const editTriggerRoute = createRoute({
  getParentRoute: () => triggersRoute,
  path: '/$triggerId/edit',
  validateSearch: parseEditorSearch,
  component: lazyRouteComponent(() => import('./features/trigger-editor/EditorPages.tsx'), 'EditTriggerPage'),
})

const deliveriesRoute = createRoute({
  getParentRoute: () => signedInRoute,
  path: '/deliveries',
  validateSearch: parseDeliveriesSearch,
  component: lazyRouteComponent(() => import('./features/deliveries/DeliveriesPage.tsx'), 'DeliveriesPage'),
})

const endpointRoute = createRoute({
  getParentRoute: () => signedInRoute,
  path: '/endpoints/$endpointId',
  component: lazyRouteComponent(() => import('./features/endpoints/EndpointPage.tsx'), 'EndpointPage'),
})

const settingsRoute = createRoute({
  getParentRoute: () => signedInRoute,
  path: '/settings',
  component: lazyRouteComponent(() => import('./features/settings/SettingsPage.tsx'), 'SettingsPage'),
})

const routeTree = rootRoute.addChildren([
  signInRoute,
  shellRoute.addChildren([
    docsRoute,
    signedInRoute.addChildren([
      homeRoute,
      devicesRoute.addChildren([addDeviceRoute]),
      deviceRoute,
      feedRoute,
      triggersRoute.addChildren([triggerListRoute, newTriggerRoute, triggerRoute, editTriggerRoute]),
      deliveriesRoute,
      endpointRoute,
      settingsRoute,
    ]),
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
