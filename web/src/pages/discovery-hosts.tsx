import { useState } from 'react'

import type { DeviceKind, RunViewFragment } from '../gql/graphql'
import { Button } from '../parts/button'
import { cx } from '../parts/cx'
import { Toggle } from '../parts/field'
import { useWords } from '../texts/language'
import { DiscoveryAccept } from './discovery-accept'
import { HostRow } from './discovery-host-row'
import { countByStatus, type Host, type HostStatus, hostStatuses, statusOf } from './discovery-hosts-of'

/** What a person decided about a host, where it differs from what is suggested. */
export interface Edited {
  name?: string
  kind?: DeviceKind
}

/** Rows that are drawn at first, and more with each step. */
const step = 100

/** Whom a search has found, to choose from. */
export function DiscoveryHosts({
  run,
  hosts,
  onAccepted,
}: {
  run: RunViewFragment
  hosts: readonly Host[]
  onAccepted: () => void
}) {
  const { t, count, format } = useWords()
  const words = t.discovery.hosts
  const [status, setStatus] = useState<HostStatus>()
  const [snmpOnly, setSnmpOnly] = useState(false)
  const [most, setMost] = useState(step)
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set())
  const [edited, setEdited] = useState<ReadonlyMap<string, Edited>>(new Map())
  const fits = hosts.filter(
    (host) => (!status || statusOf(host) === status) && (!snmpOnly || host.respondsTo.includes('SNMP')),
  )
  const shown = fits.slice(0, most)
  const newOnes = fits.filter((host) => statusOf(host) === 'NEW')
  const isAll = newOnes.length > 0 && newOnes.every(({ address }) => chosen.has(address))
  const choose = (addresses: readonly string[], on: boolean) =>
    setChosen(
      (before) =>
        new Set(on ? [...before, ...addresses] : [...before].filter((one) => !addresses.includes(one))),
    )
  const edit = (address: string, part: Edited) =>
    setEdited((before) => new Map(before).set(address, { ...before.get(address), ...part }))
  const counts = countByStatus(hosts)
  return (
    <section aria-label={words.title} className="card flex min-w-0 flex-col">
      <div className="flex flex-wrap items-center gap-x-4 gap-y-2 px-4 py-2.5">
        <fieldset className="flex flex-wrap gap-1">
          <legend className="sr-only">{words.show}</legend>
          {[undefined, ...hostStatuses].map((each) => (
            <button
              aria-pressed={status === each}
              className={cx(
                'h-8 rounded-full px-3 text-sm transition-colors',
                status === each
                  ? 'bg-accent-soft font-medium text-ink'
                  : 'text-ink-mute hover:bg-hover hover:text-ink',
              )}
              key={each ?? 'all'}
              onClick={() => setStatus(each)}
              type="button"
            >
              {each ? t.discovery.status[each] : words.all}{' '}
              <span className="num">{format.integer(each ? counts[each] : hosts.length)}</span>
            </button>
          ))}
        </fieldset>
        <Toggle
          checked={snmpOnly}
          label={words.snmpOnly}
          onChange={(event) => setSnmpOnly(event.target.checked)}
        />
      </div>
      {newOnes.length > 0 && (
        <label className="flex min-h-9 items-center gap-3 border-line border-t px-4 text-sm">
          <input
            checked={isAll}
            className="size-4 accent-accent"
            data-testid="select-all-new"
            onChange={(event) =>
              choose(
                newOnes.map(({ address }) => address),
                event.target.checked,
              )
            }
            type="checkbox"
          />
          {words.selectAll} <span className="num text-ink-mute">{format.integer(newOnes.length)}</span>
        </label>
      )}
      <ul data-testid="discovered-hosts">
        {shown.map((host) => (
          <HostRow
            chosen={chosen.has(host.address)}
            edited={edited.get(host.address)}
            host={host}
            key={host.address}
            onChoose={(on) => choose([host.address], on)}
            onEdit={(part) => edit(host.address, part)}
          />
        ))}
      </ul>
      {shown.length === 0 && (
        <p className="border-line border-t px-4 py-6 text-center text-ink-mute text-sm">{words.none}</p>
      )}
      {fits.length > shown.length && (
        <Button className="m-3 self-center" onClick={() => setMost(most + step)}>
          {words.more} ({count(t.discovery.history.found, fits.length - shown.length)})
        </Button>
      )}
      {chosen.size > 0 && (
        <DiscoveryAccept
          edited={edited}
          hosts={hosts.filter(({ address }) => chosen.has(address))}
          onClear={() => setChosen(new Set())}
          onDone={() => {
            setChosen(new Set())
            onAccepted()
          }}
          run={run}
        />
      )}
    </section>
  )
}
