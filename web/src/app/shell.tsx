import { skipToken, useQuery } from '@apollo/client/react'
import { Outlet, useLocation, useMatches, useNavigate } from '@tanstack/react-router'
import { Tooltip } from 'radix-ui'
import { lazy, Suspense, useEffect, useRef, useState } from 'react'
import { Toaster } from 'sonner'

import { SignInOptionsDocument } from '../gql/graphql'
import { startLive } from '../live/live'
import { useWords } from '../texts/language'
import { Announcer } from './announcer'
import { OfflineBanner } from './live-indicator'
import { BottomNav, SideNav } from './nav'
import { usePreferences } from './preferences'
import { useViewer } from './session'
import { useShortcuts } from './shortcuts'
import { useTheme } from './theme'
import { TopBar } from './top-bar'

const Palette = lazy(() => import('./palette').then(({ Palette }) => ({ default: Palette })))
const ForbiddenPage = lazy(() =>
  import('../pages/forbidden-page').then(({ ForbiddenPage }) => ({ default: ForbiddenPage })),
)
const FactorRequiredPage = lazy(() =>
  import('../pages/factor-required-page').then(({ FactorRequiredPage }) => ({
    default: FactorRequiredPage,
  })),
)
const ShortcutHelp = lazy(() =>
  import('./shortcut-help').then(({ ShortcutHelp }) => ({ default: ShortcutHelp })),
)

/** The frame around every page behind the sign-in. */
export function Shell() {
  const { t } = useWords()
  const [overlay, setOverlay] = useState<'palette' | 'help'>()
  const { navCollapsed } = usePreferences()
  const theme = useTheme()
  const navigate = useNavigate()
  useEffect(startLive, [])
  useShortcuts({
    'mod+k': () => setOverlay('palette'),
    '?': () => setOverlay('help'),
    'g d': () => void navigate({ to: '/' }),
    'g i': () => void navigate({ to: '/devices' }),
    'g m': () => void navigate({ to: '/topology' }),
    'g f': () => void navigate({ to: '/discovery' }),
    'g a': () => void navigate({ to: '/alerts' }),
    'g t': () => void navigate({ to: '/traps' }),
    'g h': () => void navigate({ to: '/health' }),
    'g u': () => void navigate({ to: '/users' }),
    'g l': () => void navigate({ to: '/audit' }),
    'g p': () => void navigate({ to: '/profile' }),
  })
  const close = () => setOverlay(undefined)

  return (
    <Tooltip.Provider delayDuration={350}>
      <a
        className="fixed top-2 left-2 z-60 -translate-y-16 rounded-md bg-accent px-3 py-2 text-accent-ink focus:translate-y-0"
        href="#content"
      >
        {t.shell.skip}
      </a>
      <div className="flex min-h-dvh">
        <SideNav collapsed={navCollapsed} />
        <div className="flex min-w-0 flex-1 flex-col pb-16 md:pb-0">
          <TopBar onHelp={() => setOverlay('help')} onSearch={() => setOverlay('palette')} />
          <OfflineBanner />
          <Content />
        </div>
      </div>
      <BottomNav onSearch={() => setOverlay('palette')} />
      <Suspense>
        {overlay === 'palette' && <Palette onClose={close} onHelp={() => setOverlay('help')} />}
        {overlay === 'help' && <ShortcutHelp onClose={close} />}
      </Suspense>
      <Announcer />
      <Toaster closeButton position="bottom-right" theme={theme} toastOptions={{ className: 'font-sans' }} />
    </Tooltip.Provider>
  )
}

/** The page itself. Focus goes there after each change of page, as after a page load (not of its filters). */
function Content() {
  const { pathname } = useLocation()
  const missing = useMissingPermission()
  const mustSetUp = useMustSetUp()
  const main = useRef<HTMLElement>(null)
  const shown = useRef(pathname)
  useEffect(() => {
    if (shown.current !== pathname) main.current?.focus({ preventScroll: true })
    shown.current = pathname
  }, [pathname])
  return (
    <main
      className="mx-auto w-full max-w-[1720px] flex-1 px-4 py-4 outline-none sm:px-6"
      id="content"
      ref={main}
      tabIndex={-1}
    >
      <Suspense>
        {mustSetUp ? <FactorRequiredPage /> : missing ? <ForbiddenPage permission={missing} /> : <Outlet />}
      </Suspense>
    </main>
  )
}

/** What the page needs and the viewer does not hold, now: rights may change while a page is open. */
function useMissingPermission(): string | undefined {
  const permissions = useViewer()?.permissions
  const needed = useMatches({ select: (matches) => matches.at(-1)?.staticData.permission })
  return needed && permissions && !permissions.includes(needed) ? needed : undefined
}

/** Whether a second factor is required, and the session may do nothing but set one up. */
function useMustSetUp(): boolean {
  const permissions = useViewer()?.permissions
  const bare = permissions?.length === 1 && permissions[0] === 'viewer.read'
  const { data } = useQuery(SignInOptionsDocument, bare ? {} : skipToken)
  return bare && data?.signInOptions.secondFactorRequired === true
}
