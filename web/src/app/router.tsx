import {
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
  Outlet,
  redirect,
} from '@tanstack/react-router'

import { alertsSearch } from '../pages/alerts-search'
import { deviceSearch } from '../pages/device-search'
import { devicesSearch } from '../pages/devices-search'
import { loginSearch } from '../pages/login-search'
import { Crash, NotFound, Splash } from './fallback'
import { parseSearch, safeReturn, stringifySearch } from './search'
import { ensureSession } from './session'

const rootRoute = createRootRoute({ component: Outlet, notFoundComponent: NotFound })

const loginRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/login',
  validateSearch: loginSearch,
  beforeLoad: async ({ search }) => {
    if (await ensureSession()) throw redirect({ href: safeReturn(search.next), replace: true })
  },
  component: lazyRouteComponent(() => import('../pages/login-page'), 'LoginPage'),
})

/** Everything behind the sign-in: nothing below renders, or even loads, before there is a session. */
const insideRoute = createRoute({
  getParentRoute: () => rootRoute,
  id: 'inside',
  beforeLoad: async ({ location }) => {
    if (await ensureSession()) return
    const next = location.href === '/' ? {} : { next: location.href }
    throw redirect({ to: '/login', search: next, replace: true })
  },
  component: lazyRouteComponent(() => import('./shell'), 'Shell'),
})

const overviewRoute = createRoute({
  getParentRoute: () => insideRoute,
  path: '/',
  component: lazyRouteComponent(() => import('../pages/overview-page'), 'OverviewPage'),
})

const devicesRoute = createRoute({
  getParentRoute: () => insideRoute,
  path: '/devices',
  validateSearch: devicesSearch,
  component: lazyRouteComponent(() => import('../pages/devices-page'), 'DevicesPage'),
})

const deviceRoute = createRoute({
  getParentRoute: () => insideRoute,
  path: '/devices/$id',
  validateSearch: deviceSearch,
  component: lazyRouteComponent(() => import('../pages/device-page'), 'DevicePage'),
})

const alertsRoute = createRoute({
  getParentRoute: () => insideRoute,
  path: '/alerts',
  validateSearch: alertsSearch,
  component: lazyRouteComponent(() => import('../pages/alerts-page'), 'AlertsPage'),
})

/** All pages. The search part of each URL is checked by its page's `search.ts`. */
export const router = createRouter({
  routeTree: rootRoute.addChildren([
    loginRoute,
    insideRoute.addChildren([overviewRoute, devicesRoute, deviceRoute, alertsRoute]),
  ]),
  parseSearch,
  stringifySearch,
  defaultPreload: 'intent',
  defaultPendingComponent: Splash,
  defaultPendingMs: 400,
  defaultErrorComponent: Crash,
  scrollRestoration: true,
})

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router
  }
}
