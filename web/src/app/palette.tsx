import { useNavigate } from '@tanstack/react-router'
import { Command } from 'cmdk'
import { Dialog } from 'radix-ui'
import { useState } from 'react'

import { findDevices } from '../live/directory'
import { useDirectory } from '../live/live'
import { DeviceDot } from '../parts/device-dot'
import { Icon, type IconName } from '../parts/icon'
import { Keys } from '../parts/keys'
import { type Language, setLanguage, useWords } from '../texts/language'
import { useDenied, useMay } from './permission'
import { changePreferences } from './preferences'
import { signOut } from './session'
import { applyLooks, useTheme } from './theme'

const groupClass =
  '**:[[cmdk-group-heading]]:px-2.5 **:[[cmdk-group-heading]]:pt-2.5 **:[[cmdk-group-heading]]:pb-1 **:[[cmdk-group-heading]]:text-ink-mute **:[[cmdk-group-heading]]:text-xs'

/** Everything by typing: pages, devices by name, address or site, and actions. */
export function Palette({ onClose, onHelp }: { onClose: () => void; onHelp: () => void }) {
  const { t, fill } = useWords()
  const [text, setText] = useState('')
  const devices = findDevices(useDirectory(), text, text ? 12 : 5)
  const actions = useActions(onHelp).filter(({ words }) =>
    words.toLowerCase().includes(text.trim().toLowerCase()),
  )
  const pages = actions.filter(({ page }) => page)
  const deeds = actions.filter(({ page }) => !page)
  const navigate = useNavigate()
  const run = (action: () => void) => () => {
    onClose()
    action()
  }

  return (
    <Dialog.Root onOpenChange={(open) => !open && onClose()} open>
      <Dialog.Portal>
        <Dialog.Overlay className="fixed inset-0 z-40 bg-black/45" />
        <Dialog.Content
          aria-describedby={undefined}
          className="popover fixed top-[12dvh] left-1/2 z-50 w-[calc(100%-2rem)] max-w-xl -translate-x-1/2 overflow-hidden outline-none"
          data-testid="palette"
        >
          <Dialog.Title className="sr-only">{t.shell.search.open}</Dialog.Title>
          <Command label={t.shell.search.open} loop shouldFilter={false}>
            <div className="flex items-center gap-2.5 border-line border-b px-4">
              <Icon className="text-ink-mute" name="search" size={18} />
              <Command.Input
                className="h-12 flex-1 bg-transparent text-[15px] outline-none placeholder:text-ink-mute"
                onValueChange={setText}
                placeholder={t.shell.search.placeholder}
                value={text}
              />
            </div>
            <Command.List className="max-h-[min(420px,60dvh)] overflow-y-auto p-1.5">
              <Command.Empty className="px-4 py-8 text-center text-ink-mute">
                {fill(t.shell.search.none, { text })}
              </Command.Empty>
              {pages.length > 0 && (
                <Command.Group className={groupClass} heading={t.shell.search.pages}>
                  {pages.map(({ words, icon, keys, act }) => (
                    <Entry key={words} onSelect={run(act)} value={words}>
                      <Icon name={icon} size={18} />
                      <span className="flex-1">{words}</span>
                      {keys && (
                        <span className="max-md:hidden">
                          <Keys keys={keys} />
                        </span>
                      )}
                    </Entry>
                  ))}
                </Command.Group>
              )}
              {devices.length > 0 && (
                <Command.Group className={groupClass} heading={t.shell.search.devices}>
                  {devices.map(({ id, name, address, site }) => (
                    <Entry
                      key={id}
                      onSelect={run(() => void navigate({ to: '/devices/$id', params: { id } }))}
                      value={id}
                    >
                      <DeviceDot id={id} />
                      <span className="flex-1 truncate">{name}</span>
                      <span className="truncate text-ink-mute text-sm">
                        <span className="font-mono">{address}</span>
                        {site && ` · ${site.name}`}
                      </span>
                    </Entry>
                  ))}
                </Command.Group>
              )}
              {deeds.length > 0 && (
                <Command.Group className={groupClass} heading={t.shell.search.actions}>
                  {deeds.map(({ words, icon, keys, act }) => (
                    <Entry key={words} onSelect={run(act)} value={words}>
                      <Icon name={icon} size={18} />
                      <span className="flex-1">{words}</span>
                      {keys && (
                        <span className="max-md:hidden">
                          <Keys keys={keys} />
                        </span>
                      )}
                    </Entry>
                  ))}
                </Command.Group>
              )}
            </Command.List>
            <p className="hidden gap-4 border-line border-t px-4 py-2 text-ink-mute text-xs sm:flex">
              <span className="flex items-center gap-1.5">
                <Keys keys="ArrowUp ArrowDown" /> {t.shell.search.hint}
              </span>
              <span className="flex items-center gap-1.5">
                <Keys keys="Enter" /> {t.shell.search.run}
              </span>
              <span className="flex items-center gap-1.5">
                <Keys keys="Escape" /> {t.shell.search.close}
              </span>
            </p>
          </Command>
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  )
}

function Entry(props: { value: string; onSelect: () => void; children: React.ReactNode }) {
  return (
    <Command.Item
      {...props}
      className="flex min-h-9 cursor-pointer items-center gap-3 rounded-md px-2.5 text-ink-soft data-[selected=true]:bg-hover data-[selected=true]:text-ink"
    />
  )
}

interface Action {
  words: string
  icon: IconName
  keys?: string
  page?: true
  act: () => void
}

function useActions(onHelp: () => void): Action[] {
  const { t, language } = useWords()
  const navigate = useNavigate()
  const theme = useTheme()
  const cannotAdd = useDenied('device.write')
  const mayDiscover = useMay('discovery.run')
  const maySeeHealth = useMay('system.read')
  const maySeeUsers = useMay('user.read')
  const maySeeAudit = useMay('audit.read')
  const other: Language = language === 'en' ? 'pl' : 'en'
  const otherTheme = theme === 'dark' ? 'light' : 'dark'
  return [
    {
      words: t.shell.nav.overview,
      icon: 'overview',
      keys: 'g d',
      page: true,
      act: () => void navigate({ to: '/' }),
    },
    {
      words: t.shell.nav.devices,
      icon: 'devices',
      keys: 'g i',
      page: true,
      act: () => void navigate({ to: '/devices' }),
    },
    ...(mayDiscover
      ? [
          {
            words: t.shell.nav.discovery,
            icon: 'discovery',
            keys: 'g f',
            page: true,
            act: () => void navigate({ to: '/discovery' }),
          } as const,
        ]
      : []),
    {
      words: t.shell.nav.topology,
      icon: 'topology',
      keys: 'g m',
      page: true,
      act: () => void navigate({ to: '/topology' }),
    },
    {
      words: t.shell.nav.alerts,
      icon: 'alerts',
      keys: 'g a',
      page: true,
      act: () => void navigate({ to: '/alerts' }),
    },
    {
      words: t.shell.nav.traps,
      icon: 'traps',
      keys: 'g t',
      page: true,
      act: () => void navigate({ to: '/traps' }),
    },
    ...(maySeeHealth
      ? [
          {
            words: t.health.title,
            icon: 'health',
            keys: 'g h',
            page: true,
            act: () => void navigate({ to: '/health' }),
          } as const,
        ]
      : []),
    ...(maySeeUsers
      ? [
          {
            words: t.shell.nav.users,
            icon: 'users',
            keys: 'g u',
            page: true,
            act: () => void navigate({ to: '/users' }),
          } as const,
        ]
      : []),
    ...(maySeeAudit
      ? [
          {
            words: t.shell.nav.audit,
            icon: 'audit',
            keys: 'g l',
            page: true,
            act: () => void navigate({ to: '/audit' }),
          } as const,
        ]
      : []),
    {
      words: t.shell.nav.profile,
      icon: 'user',
      keys: 'g p',
      page: true,
      act: () => void navigate({ to: '/profile' }),
    },
    ...(cannotAdd
      ? []
      : [
          {
            words: t.devices.add,
            icon: 'plus',
            act: () => void navigate({ to: '/devices', search: { form: 'new' } }),
          } as const,
        ]),
    {
      words: `${t.shell.user.theme}: ${t.shell.theme[otherTheme]}`,
      icon: otherTheme === 'dark' ? 'moon' : 'sun',
      act: () => {
        changePreferences({ theme: otherTheme })
        applyLooks()
      },
    },
    {
      words: `${t.shell.user.language}: ${other === 'pl' ? 'Polski' : 'English'}`,
      icon: 'globe',
      act: () => void setLanguage(other),
    },
    {
      words: t.shell.nav.explorer,
      icon: 'explorer',
      act: () => void window.open('/graphql', '_blank', 'noopener'),
    },
    { words: t.shell.shortcuts.title, icon: 'help', keys: '?', act: onHelp },
    { words: t.shell.user.logout, icon: 'logout', act: () => void signOut() },
  ]
}
