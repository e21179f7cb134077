import { Link, useNavigate } from '@tanstack/react-router'
import type { ReactNode } from 'react'

import { copyText } from '../app/clipboard'
import { useDenied } from '../app/permission'
import { useDeviceState } from '../live/live'
import { Button, IconButton } from '../parts/button'
import { Ago, Lasting } from '../parts/clock'
import { Flash } from '../parts/flash'
import { StateBadge } from '../parts/state'
import { useWords } from '../texts/language'
import { useDeviceActions } from './device-actions'
import { DeviceMenu } from './device-menu'
import type { DeviceDetail } from './device-page'

/** Who the device is, how it is, and what can be done with it. */
export function DeviceHeader({ device, onEdit }: { device: DeviceDetail; onEdit: () => void }) {
  const { t } = useWords()
  const navigate = useNavigate()
  const { pollNow } = useDeviceActions()
  const state = useDeviceState(device.id)
  const cannotPoll = useDenied('telemetry.poll')
  const cannotWrite = useDenied('device.write')
  const reason = state && t.network.reason[state.reason as keyof typeof t.network.reason]
  const [before, after] = t.device.since.split('{duration}')
  return (
    <header className="mb-3">
      <div className="flex flex-wrap items-center gap-x-3 gap-y-2">
        <h1 className="min-w-0 break-words font-semibold text-2xl tracking-tight">{device.name}</h1>
        <Flash value={state?.reachability}>
          <StateBadge state={state} status={device.status} />
        </Flash>
        {state && (
          <span className="text-ink-mute text-sm">
            {before}
            <Lasting at={state.since} />
            {after}
            {state.reachability !== 'UP' && reason && ` · ${reason}`}
          </span>
        )}
        <div className="ml-auto flex items-center gap-1.5">
          <Button denied={cannotPoll} icon="poll" onClick={() => void pollNow(device)}>
            {t.devices.action.poll}
          </Button>
          <Button className="max-sm:hidden" denied={cannotWrite} icon="edit" onClick={onEdit}>
            {t.devices.action.edit}
          </Button>
          <IconButton
            className="max-sm:hidden"
            icon="link"
            label={t.shell.actions.copyLink}
            onClick={() => void copyText(location.href, t.shell.actions.copied)}
          />
          <DeviceMenu device={device} onDeleted={() => void navigate({ to: '/devices' })} onEdit={onEdit} />
        </div>
      </div>
      <Facts device={device} />
    </header>
  )
}

function Facts({ device }: { device: DeviceDetail }) {
  const { t, format } = useWords()
  const state = useDeviceState(device.id)
  const { fact } = t.device
  const model = [device.vendor, device.model].filter(Boolean).join(' ')
  const uptime = state?.uptimeSeconds == null ? undefined : Number(state.uptimeSeconds)
  const facts: readonly (readonly [string, ReactNode])[] = [
    [
      fact.address,
      <span className="font-mono text-[13px]" key="address">
        {device.address}
      </span>,
    ],
    [fact.site, device.site?.name ?? t.network.noSite],
    [fact.kind, t.network.kind[device.kind]],
    [fact.model, model],
    [fact.os, device.osVersion],
    [fact.serial, device.serialNumber],
    [fact.uptime, uptime === undefined ? undefined : format.duration(uptime)],
    [fact.polled, state?.lastPolledAt ? <Ago at={state.lastPolledAt} key="polled" /> : undefined],
    [fact.tags, device.tags.length > 0 && <Tags key="tags" tags={device.tags} />],
  ]
  return (
    <dl className="mt-2.5 flex flex-wrap gap-x-7 gap-y-2 text-sm">
      {facts.map(([name, value]) =>
        value ? (
          <div key={name}>
            <dt className="text-ink-mute text-xs">{name}</dt>
            <dd className="num">{value}</dd>
          </div>
        ) : null,
      )}
    </dl>
  )
}

/** Each tag leads to the devices that have it. */
const Tags = ({ tags }: { tags: readonly string[] }) => (
  <span className="flex flex-wrap gap-1.5">
    {tags.map((tag) => (
      <Link
        className="inline-flex h-6 items-center rounded-md border border-line bg-surface px-1.5 text-ink-soft text-xs hover:border-line-strong hover:text-ink"
        key={tag}
        preload={false}
        search={{ tag: [tag] }}
        to="/devices"
      >
        {tag}
      </Link>
    ))}
  </span>
)
