import {
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
  Outlet,
  redirect,
} from '@tanstack/react-router'

import { alertsSearch } from '../pages/alerts-search'
import { auditSearch } from '../pages/audit-search'
import { chartSearch } from '../pages/chart-search'
import { deviceSearch } from '../pages/device-search'
import { devicesSearch } from '../pages/devices-search'
import { discoverySearch } from '../pages/discovery-search'
import { loginSearch, oidcSearch } from '../pages/login-search'
import { topologySearch } from '../pages/topology-search'
import { trapsSearch } from '../pages/traps-search'
import { usersSearch } from '../pages/users-search'
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

const registerRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/register',
  validateSearch: loginSearch,
  beforeLoad: async ({ search }) => {
    if (await ensureSession()) throw redirect({ href: safeReturn(search.next), replace: true })
  },
  component: lazyRouteComponent(() => import('../pages/register-page'), 'RegisterPage'),
})

const oidcRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/login/oidc',
  validateSearch: oidcSearch,
  component: lazyRouteComponent(() => import('../pages/login-oidc-page'), 'OidcPage'),
})

const inviteRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/invite',
  // Whoever is signed in already is told so instead of getting a second account.
  beforeLoad: async () => void (await ensureSession()),
  component: lazyRouteComponent(() => import('../pages/invite-page'), 'InvitePage'),
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
  staticData: { permission: 'device.read' },
  component: lazyRouteComponent(() => import('../pages/overview-page'), 'OverviewPage'),
})

const devicesRoute = createRoute({
  getParentRoute: () => insideRoute,
  path: '/devices',
  staticData: { permission: 'device.read' },
  validateSearch: devicesSearch,
  component: lazyRouteComponent(() => import('../pages/devices-page'), 'DevicesPage'),
})

const deviceRoute = createRoute({
  getParentRoute: () => insideRoute,
  path: '/devices/$id',
  staticData: { permission: 'device.read' },
  validateSearch: deviceSearch,
  component: lazyRouteComponent(() => import('../pages/device-page'), 'DevicePage'),
})

const topologyRoute = createRoute({
  getParentRoute: () => insideRoute,
  path: '/topology',
  staticData: { permission: 'device.read' },
  validateSearch: topologySearch,
  component: lazyRouteComponent(() => import('../pages/topology-page'), 'TopologyPage'),
})

const discoveryRoute = createRoute({
  getParentRoute: () => insideRoute,
  path: '/discovery',
  staticData: { permission: 'discovery.run' },
  validateSearch: discoverySearch,
  component: lazyRouteComponent(() => import('../pages/discovery-page'), 'DiscoveryPage'),
})

const discoveryRunRoute = createRoute({
  getParentRoute: () => insideRoute,
  path: '/discovery/$id',
  staticData: { permission: 'discovery.run' },
  component: lazyRouteComponent(() => import('../pages/discovery-run-page'), 'DiscoveryRunPage'),
})

const interfaceRoute = createRoute({
  getParentRoute: () => insideRoute,
  path: '/devices/$id/interfaces/$interfaceId',
  staticData: { permission: 'device.read' },
  validateSearch: chartSearch,
  component: lazyRouteComponent(() => import('../pages/interface-page'), 'InterfacePage'),
})

const importRoute = createRoute({
  getParentRoute: () => insideRoute,
  path: '/devices/import',
  staticData: { permission: 'device.write' },
  component: lazyRouteComponent(() => import('../pages/import-page'), 'ImportPage'),
})

const healthRoute = createRoute({
  getParentRoute: () => insideRoute,
  path: '/health',
  staticData: { permission: 'system.read' },
  component: lazyRouteComponent(() => import('../pages/health-page'), 'HealthPage'),
})

const alertsRoute = createRoute({
  getParentRoute: () => insideRoute,
  path: '/alerts',
  staticData: { permission: 'alert.read' },
  validateSearch: alertsSearch,
  component: lazyRouteComponent(() => import('../pages/alerts-page'), 'AlertsPage'),
})

const trapsRoute = createRoute({
  getParentRoute: () => insideRoute,
  path: '/traps',
  staticData: { permission: 'telemetry.read' },
  validateSearch: trapsSearch,
  component: lazyRouteComponent(() => import('../pages/traps-page'), 'TrapsPage'),
})

const usersRoute = createRoute({
  getParentRoute: () => insideRoute,
  path: '/users',
  staticData: { permission: 'user.read' },
  validateSearch: usersSearch,
  component: lazyRouteComponent(() => import('../pages/users-page'), 'UsersPage'),
})

const auditRoute = createRoute({
  getParentRoute: () => insideRoute,
  path: '/audit',
  staticData: { permission: 'audit.read' },
  validateSearch: auditSearch,
  component: lazyRouteComponent(() => import('../pages/audit-page'), 'AuditPage'),
})

const profileRoute = createRoute({
  getParentRoute: () => insideRoute,
  path: '/profile',
  component: lazyRouteComponent(() => import('../pages/profile-page'), 'ProfilePage'),
})

/** All pages. The search part of each URL is checked by its page's `search.ts`. */
export const router = createRouter({
  routeTree: rootRoute.addChildren([
    loginRoute,
    oidcRoute,
    registerRoute,
    inviteRoute,
    insideRoute.addChildren([
      overviewRoute,
      devicesRoute,
      deviceRoute,
      topologyRoute,
      discoveryRoute,
      discoveryRunRoute,
      interfaceRoute,
      importRoute,
      healthRoute,
      alertsRoute,
      trapsRoute,
      usersRoute,
      auditRoute,
      profileRoute,
    ]),
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
  interface StaticDataRouteOption {
    /** What somebody needs to open the page; without it the page says what is missing. */
    permission?: string
  }
}
