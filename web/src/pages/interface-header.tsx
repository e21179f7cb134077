import type { ReactNode } from 'react'
import { copyText } from '../app/clipboard'
import { IconButton } from '../parts/button'
import { Ago } from '../parts/clock'
import { useWords } from '../texts/language'
import type { InterfaceDetail } from './interface-page'
import { ifTypeName } from './interface-types'
import { PortChanged, PortFaults, PortState, PortTraffic } from './interfaces-cells'

/** What the interface is, and what it does now. */
export function InterfaceHeader({ port }: { port: InterfaceDetail }) {
  const { t, format } = useWords()
  const { fact } = t.interface
  const mono = (text: string | null) => text && <span className="font-mono text-[13px]">{text}</span>
  const facts: readonly (readonly [string, ReactNode])[] = [
    [fact.in, <PortTraffic id={port.id} key="in" way="in" />],
    [fact.out, <PortTraffic id={port.id} key="out" way="out" />],
    [fact.errors, <PortFaults id={port.id} key="errors" kind="errorsPerSecond" />],
    [fact.discards, <PortFaults id={port.id} key="discards" kind="discardsPerSecond" />],
    [fact.changed, <PortChanged id={port.id} key="changed" />],
    [fact.speed, port.speedBps && format.bits(Number(port.speedBps))],
    [fact.mtu, port.mtu === null ? null : `${format.integer(port.mtu)} B`],
    [fact.mac, mono(port.mac)],
    [fact.type, ifTypeName(port.type)],
    [fact.index, String(port.ifIndex)],
    [fact.description, port.description === port.name ? null : port.description],
    [fact.seen, <Ago at={port.lastSeenAt} key="seen" />],
  ]
  return (
    <header className="mb-4">
      <div className="flex flex-wrap items-center gap-x-3 gap-y-2">
        <h1 className="min-w-0 break-words font-semibold text-2xl tracking-tight">{port.name}</h1>
        <PortState port={port} />
        {port.alias && <span className="text-ink-soft">{port.alias}</span>}
        <IconButton
          className="ml-auto max-sm:hidden"
          icon="link"
          label={t.shell.actions.copyLink}
          onClick={() => void copyText(location.href, t.shell.actions.copied)}
        />
      </div>
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
    </header>
  )
}
