import { Link } from '@tanstack/react-router'

import type { DeviceKind } from '../gql/graphql'
import { Input, Select } from '../parts/field'
import { useWords } from '../texts/language'
import { deviceKinds } from './devices-search'
import type { Edited } from './discovery-hosts'
import { type Host, statusOf } from './discovery-hosts-of'
import { HostBadge } from './discovery-state'

/** One host: who it says it is, what it answers, and, once chosen, what it shall be called. */
export function HostRow({
  host,
  chosen,
  edited,
  onChoose,
  onEdit,
}: {
  host: Host
  chosen: boolean
  edited: Edited | undefined
  onChoose: (on: boolean) => void
  onEdit: (part: Edited) => void
}) {
  const { t, fill } = useWords()
  const words = t.discovery.hosts
  const { address, suggestedName, suggestedKind } = host
  const status = statusOf(host)
  const isOurs = status === 'ACCEPTED' || status === 'KNOWN'
  return (
    <li
      className="grid grid-cols-[auto_minmax(0,1fr)_auto] items-center gap-x-3 gap-y-1 border-line border-t px-4 py-2 text-sm lg:grid-cols-[auto_minmax(9rem,11rem)_minmax(0,1.5fr)_minmax(0,1.2fr)_minmax(0,1.2fr)_6.75rem]"
      data-address={address}
      data-status={status}
      data-testid="discovered-host"
    >
      <input
        aria-label={fill(words.select, { name: suggestedName })}
        checked={chosen}
        className="size-4 accent-accent disabled:opacity-40"
        disabled={isOurs}
        onChange={(event) => onChoose(event.target.checked)}
        type="checkbox"
      />
      <span className="min-w-0">
        <span className="block truncate font-mono">{address}</span>
        <Origin host={host} />
      </span>
      <span className="order-4 col-span-2 col-start-2 min-w-0 lg:order-none lg:col-span-1 lg:col-start-auto">
        {chosen ? (
          <span className="flex gap-2">
            <Input
              aria-label={fill(words.name, { address })}
              className="h-8 min-w-24 flex-1"
              maxLength={255}
              onChange={(event) => onEdit({ name: event.target.value })}
              value={edited?.name ?? suggestedName}
            />
            <Select
              aria-label={`${words.kind}: ${address}`}
              className="w-36 shrink-0"
              onChange={(event) => onEdit({ kind: event.target.value as DeviceKind })}
              value={edited?.kind ?? suggestedKind}
            >
              {deviceKinds.map((kind) => (
                <option key={kind} value={kind}>
                  {t.network.kind[kind]}
                </option>
              ))}
            </Select>
          </span>
        ) : (
          <Name host={host} />
        )}
      </span>
      <Model host={host} />
      <Answers host={host} />
      <span className="order-3 justify-self-end lg:order-none">
        <HostBadge status={status} />
      </span>
    </li>
  )
}

function Origin({ host: { foundVia, addresses } }: { host: Host }) {
  const { t, fill, count } = useWords()
  const words = t.discovery.hosts
  if (!foundVia && addresses.length === 0) return null
  return (
    <span className="block truncate text-ink-mute text-xs" title={addresses.join(', ')}>
      {[
        foundVia && fill(words.via, { address: foundVia }),
        addresses.length > 0 && count(words.also, addresses.length),
      ]
        .filter(Boolean)
        .join(' · ')}
    </span>
  )
}

/** Its name, and which device or host it is already, with the sign that says so. */
function Name({ host }: { host: Host }) {
  const { t } = useWords()
  const { accepted, known, knownBy, duplicateOf, duplicateBy, suggestedName, suggestedKind } = host
  const device = accepted ?? known
  const sign = device === known ? knownBy : null
  return (
    <>
      {device ? (
        <Link
          className="truncate font-medium text-accent hover:underline"
          params={{ id: device.id }}
          to="/devices/$id"
        >
          {device.name}
        </Link>
      ) : (
        <span className="block truncate font-medium" title={suggestedName}>
          {suggestedName}
        </span>
      )}
      <span className="block truncate text-ink-mute text-xs">
        {device
          ? sign && t.discovery.sign[sign]
          : duplicateOf && duplicateBy
            ? `${duplicateOf} · ${t.discovery.sign[duplicateBy]}`
            : t.network.kind[suggestedKind]}
      </span>
    </>
  )
}

function Model({ host: { vendor, model, sysDescr, serialNumber } }: { host: Host }) {
  const name = [vendor, model].filter(Boolean).join(' ')
  return (
    <span
      className="order-5 col-span-2 col-start-2 min-w-0 truncate text-ink-soft lg:order-none lg:col-span-1 lg:col-start-auto"
      title={sysDescr ?? undefined}
    >
      {name || sysDescr || '–'}
      {serialNumber && <span className="block truncate font-mono text-ink-mute text-xs">{serialNumber}</span>}
    </span>
  )
}

function Answers({ host }: { host: Host }) {
  const { t, format } = useWords()
  const { rttMs, snmpVersion, snmpPort, snmpFailure, credential } = host
  return (
    <span className="order-6 col-span-2 col-start-2 min-w-0 text-ink-soft lg:order-none lg:col-span-1 lg:col-start-auto">
      <span className="num block truncate">
        {[rttMs !== null && format.ms(rttMs), snmpVersion && `SNMP ${snmpVersion.toLowerCase()} :${snmpPort}`]
          .filter(Boolean)
          .join(' · ')}
        {snmpFailure && (
          <span className="text-degraded-ink" title={snmpFailure}>
            {rttMs !== null && ' · '}
            {t.discovery.hosts.refused}
          </span>
        )}
      </span>
      {credential && <span className="block truncate text-ink-mute text-xs">{credential.name}</span>}
    </span>
  )
}
