import { Link, useLocation, useNavigate } from '@tanstack/react-router'

import { useCounts } from '../live/live'
import { IconButton } from '../parts/button'
import { cx } from '../parts/cx'
import { Icon, type IconName } from '../parts/icon'
import { Menu, MenuItem, MenuLine } from '../parts/menu'
import { useWords } from '../texts/language'
import { Logo } from './logo'
import { changePreferences } from './preferences'
import { useViewer } from './session'

interface Item {
  to: '/' | '/devices' | '/topology' | '/discovery' | '/alerts' | '/traps' | '/health' | '/users' | '/audit'
  icon: IconName
  words: 'overview' | 'devices' | 'topology' | 'discovery' | 'alerts' | 'traps' | 'health' | 'users' | 'audit'
  /** Whoever lacks it does not see the entry. */
  permission?: string
  /** On phones there is no room for it beside the others: it is in the menu "More". */
  more?: true
}

const items: readonly Item[] = [
  { to: '/', icon: 'overview', words: 'overview' },
  { to: '/devices', icon: 'devices', words: 'devices', permission: 'device.read' },
  { to: '/topology', icon: 'topology', words: 'topology', permission: 'device.read' },
  {
    to: '/discovery',
    icon: 'discovery',
    words: 'discovery',
    permission: 'discovery.run',
    more: true,
  },
  { to: '/alerts', icon: 'alerts', words: 'alerts', permission: 'alert.read' },
  { to: '/traps', icon: 'traps', words: 'traps', permission: 'telemetry.read', more: true },
  { to: '/health', icon: 'health', words: 'health', permission: 'system.read', more: true },
  { to: '/users', icon: 'users', words: 'users', permission: 'user.read', more: true },
  { to: '/audit', icon: 'audit', words: 'audit', permission: 'audit.read', more: true },
]

/** The entries for what the viewer may open. */
function useItems(): readonly Item[] {
  const permissions = useViewer()?.permissions ?? []
  return items.filter(({ permission }) => !permission || permissions.includes(permission))
}

/** The menu at the left edge, from tablets up. */
export function SideNav({ collapsed }: { collapsed: boolean }) {
  const { t } = useWords()
  return (
    <aside
      className={cx(
        'sticky top-0 hidden h-dvh shrink-0 flex-col border-line border-r bg-surface md:flex',
        collapsed ? 'w-14' : 'w-52',
      )}
    >
      <Link className="flex h-13 items-center gap-2.5 px-4 font-semibold text-[15px] tracking-tight" to="/">
        <Logo size={24} />
        <span className={collapsed ? 'sr-only' : undefined}>{t.shell.product}</span>
      </Link>
      <nav aria-label={t.shell.nav.label} className="flex flex-1 flex-col gap-0.5 px-2 pt-2">
        {useItems().map((item) => (
          <NavLink collapsed={collapsed} key={item.to} {...item} />
        ))}
      </nav>
      <div className="p-2">
        <IconButton
          icon={collapsed ? 'expand' : 'collapse'}
          label={collapsed ? t.shell.nav.expand : t.shell.nav.collapse}
          onClick={() => changePreferences({ navCollapsed: !collapsed })}
          className="mx-1"
        />
      </div>
    </aside>
  )
}

function NavLink({ to, icon, words, collapsed }: Item & { collapsed: boolean }) {
  const { t } = useWords()
  return (
    <Link
      activeOptions={{ exact: to === '/', includeSearch: false }}
      activeProps={{ className: 'bg-accent-soft text-ink font-medium' }}
      className="relative flex h-9 items-center gap-2.5 rounded-[7px] px-2.5 transition-colors"
      inactiveProps={{ className: 'text-ink-soft hover:bg-hover hover:text-ink' }}
      title={collapsed ? t.shell.nav[words] : undefined}
      to={to}
    >
      <Icon name={icon} size={18} />
      <span className={collapsed ? 'sr-only' : 'flex-1'}>{t.shell.nav[words]}</span>
      {words === 'devices' && <Troubled collapsed={collapsed} />}
    </Link>
  )
}

/** How many devices are down, where everybody sees it. */
function Troubled({ collapsed }: { collapsed: boolean }) {
  const { t, format } = useWords()
  const { DOWN } = useCounts()
  if (DOWN === 0) return null
  return (
    <span
      className={cx(
        'num rounded-full bg-down-soft font-medium text-down-ink text-xs',
        collapsed ? 'absolute -top-0.5 -right-0.5 px-1' : 'px-1.5 py-px',
      )}
    >
      {format.integer(DOWN)}
      <span className="sr-only"> {t.network.reachability.DOWN}</span>
    </span>
  )
}

/** The menu at the bottom edge of phones, in reach of a thumb. */
export function BottomNav({ onSearch }: { onSearch: () => void }) {
  const { t } = useWords()
  const all = useItems()
  return (
    <nav
      aria-label={t.shell.nav.label}
      className="fixed inset-x-0 bottom-0 z-30 flex border-line border-t bg-surface pb-[env(safe-area-inset-bottom)] md:hidden"
    >
      {all
        .filter(({ more }) => !more)
        .map(({ to, icon, words }) => (
          <Link
            activeOptions={{ exact: to === '/', includeSearch: false }}
            activeProps={{ className: 'text-accent' }}
            className={bottomItem}
            inactiveProps={{ className: 'text-ink-mute' }}
            key={to}
            to={to}
          >
            <Icon name={icon} size={20} />
            {t.shell.nav[words]}
          </Link>
        ))}
      <More items={all.filter(({ more }) => more)} onSearch={onSearch} />
    </nav>
  )
}

const bottomItem = 'flex h-14 flex-1 flex-col items-center justify-center gap-0.5 text-xs'

/** The pages that have no place of their own at the bottom edge. */
function More({ items: rest, onSearch }: { items: readonly Item[]; onSearch: () => void }) {
  const { t } = useWords()
  const navigate = useNavigate()
  const path = useLocation({ select: ({ pathname }) => pathname })
  const isHere = [...rest.map(({ to }) => to), '/profile'].some((to) => path.startsWith(to))
  return (
    <Menu
      trigger={
        <button className={cx(bottomItem, isHere ? 'text-accent' : 'text-ink-mute')} type="button">
          <Icon name="more" size={20} />
          {t.shell.nav.more}
        </button>
      }
    >
      {rest.map(({ to, icon, words }) => (
        <MenuItem chosen={path.startsWith(to)} icon={icon} key={to} onSelect={() => void navigate({ to })}>
          {t.shell.nav[words]}
        </MenuItem>
      ))}
      <MenuLine />
      <MenuItem
        chosen={path.startsWith('/profile')}
        icon="user"
        onSelect={() => void navigate({ to: '/profile' })}
      >
        {t.shell.nav.profile}
      </MenuItem>
      <MenuItem icon="search" onSelect={onSearch}>
        {t.shell.search.open}
      </MenuItem>
    </Menu>
  )
}
