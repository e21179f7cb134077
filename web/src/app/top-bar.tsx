import { Link, useNavigate } from '@tanstack/react-router'

import { IconButton } from '../parts/button'
import { Icon } from '../parts/icon'
import { Keys } from '../parts/keys'
import { Menu, MenuChoices, MenuItem, MenuLabel, MenuLine } from '../parts/menu'
import { type Language, languages, setLanguage, useWords } from '../texts/language'
import { LiveIndicator } from './live-indicator'
import { Logo } from './logo'
import { changePreferences, usePreferences } from './preferences'
import { signOut, useViewer } from './session'
import { applyLooks } from './theme'

interface TopBarProps {
  onSearch: () => void
  onHelp: () => void
}

/** Search, live indicator, help and account: the same on every page. */
export function TopBar({ onSearch, onHelp }: TopBarProps) {
  const { t } = useWords()
  return (
    <header className="sticky top-0 z-30 flex h-13 items-center gap-2 border-line border-b bg-surface px-4 sm:px-6">
      <Link aria-label={t.shell.nav.overview} className="md:hidden" to="/">
        <Logo size={26} />
      </Link>
      <button
        className="control hidden w-80 items-center gap-2 border-line bg-canvas text-ink-mute hover:border-line-strong sm:flex"
        onClick={onSearch}
        type="button"
      >
        <Icon name="search" />
        <span className="flex-1 text-left">{t.shell.search.open}</span>
        <Keys keys="mod+k" />
      </button>
      <div className="flex-1" />
      <LiveIndicator />
      <IconButton
        className="sm:hidden"
        icon="search"
        label={t.shell.search.short}
        onClick={onSearch}
        size={18}
      />
      <IconButton
        className="max-sm:hidden"
        icon="help"
        label={t.shell.shortcuts.title}
        onClick={onHelp}
        size={18}
      />
      <UserMenu />
    </header>
  )
}

function UserMenu() {
  const { t, language } = useWords()
  const { theme, density } = usePreferences()
  const viewer = useViewer()
  const navigate = useNavigate()
  const initials = (viewer?.user.name || viewer?.user.email || '?')
    .split(/[\s@.]+/)
    .slice(0, 2)
    .map((part) => part[0]?.toUpperCase())
    .join('')
  return (
    <Menu
      trigger={
        <button
          aria-label={t.shell.user.menu}
          className="flex size-8 shrink-0 items-center justify-center rounded-full bg-accent-soft font-semibold text-[12px] text-ink"
          data-testid="user-menu"
          type="button"
        >
          {initials}
        </button>
      }
    >
      <MenuLabel>
        {t.shell.user.signedInAs}
        <span className="block font-medium text-ink text-sm">{viewer?.user.name}</span>
        <span className="block">{viewer?.user.email}</span>
      </MenuLabel>
      <MenuItem icon="user" onSelect={() => void navigate({ to: '/profile' })}>
        {t.shell.nav.profile}
      </MenuItem>
      <MenuLine />
      <MenuChoices
        label={t.shell.user.theme}
        onChange={(next) => {
          changePreferences({ theme: next })
          applyLooks()
        }}
        options={t.shell.theme}
        value={theme}
      />
      <MenuLine />
      <MenuChoices
        label={t.shell.user.density}
        onChange={(next) => {
          changePreferences({ density: next })
          applyLooks()
        }}
        options={t.shell.density}
        value={density}
      />
      <MenuLine />
      <MenuChoices<Language>
        label={t.shell.user.language}
        onChange={(next) => void setLanguage(next)}
        options={languages}
        value={language}
      />
      <MenuLine />
      <MenuItem icon="explorer" onSelect={() => window.open('/graphql', '_blank', 'noopener')}>
        {t.shell.nav.explorer}
      </MenuItem>
      <MenuItem icon="logout" onSelect={() => void signOut()}>
        {t.shell.user.logout}
      </MenuItem>
    </Menu>
  )
}
