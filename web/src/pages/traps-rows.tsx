import { useFragment } from '@apollo/client/react'
import { useRef, useState } from 'react'

import { useShortcuts } from '../app/shortcuts'
import { type TrapRowFragment, TrapRowFragmentDoc } from '../gql/graphql'
import { Ago } from '../parts/clock'
import { cx } from '../parts/cx'
import { Icon } from '../parts/icon'
import { TrapSeverity } from '../parts/trap-severity'
import { useWords } from '../texts/language'
import type { TrapNode } from './traps-load'

interface TrapRowsProps {
  nodes: readonly TrapNode[]
  chosen?: string | undefined
  onOpen: (id: string) => void
  /** Below a device its name says nothing. */
  ofDevice?: boolean
}

/** Traps as a list. J and K move, Enter opens. */
export function TrapRows({ nodes, chosen, onOpen, ofDevice = false }: TrapRowsProps) {
  const { t } = useWords()
  const list = useRef<HTMLUListElement>(null)
  const [active, setActive] = useState(0)
  const inList = () => list.current?.contains(document.activeElement)
  const move = (index: number) => {
    const next = Math.max(0, Math.min(nodes.length - 1, index))
    setActive(next)
    list.current?.querySelectorAll<HTMLElement>('[data-trap-open]')[next]?.focus()
  }
  useShortcuts({
    j: () => move(inList() ? active + 1 : active),
    k: () => move(inList() ? active - 1 : active),
  })
  return (
    <ul aria-label={t.traps.title} className="min-h-0 flex-1 overflow-y-auto" ref={list}>
      {nodes.map((node, index) => (
        <Row
          chosen={node.id === chosen}
          from={node}
          key={node.id}
          narrow={chosen !== undefined}
          ofDevice={ofDevice}
          onFocus={() => setActive(index)}
          onOpen={onOpen}
        />
      ))}
    </ul>
  )
}

interface RowProps {
  from: TrapNode
  chosen: boolean
  /** The panel is open beside the list: less room. */
  narrow: boolean
  ofDevice: boolean
  onFocus: () => void
  onOpen: (id: string) => void
}

function Row({ from, chosen, narrow, ofDevice, onFocus, onOpen }: RowProps) {
  const { data: trap, complete } = useFragment({ fragment: TrapRowFragmentDoc, from })
  if (!complete) return null
  return (
    <li
      className={cx(
        'relative flex flex-wrap items-center gap-x-4 gap-y-1 border-line border-b px-4 py-2.5 md:flex-nowrap compact:py-1.5',
        chosen ? 'bg-accent-soft' : 'hover:bg-hover',
      )}
      data-name={trap.name}
      data-testid="trap-row"
      onFocus={onFocus}
    >
      <span className="w-28 shrink-0">
        <TrapSeverity severity={trap.severity} />
      </span>
      <span className="order-last min-w-0 basis-full md:order-none md:flex-1 md:basis-0">
        <button
          className={cx(
            'block min-h-6 max-w-full truncate text-left font-medium outline-none after:absolute after:inset-0 focus-visible:after:outline-2 focus-visible:after:outline-accent focus-visible:after:-outline-offset-2',
            !trap.accepted && 'text-ink-mute',
          )}
          data-trap-open
          onClick={() => onOpen(trap.id)}
          type="button"
        >
          {trap.summary}
        </button>
        <span className="block truncate text-ink-mute text-sm">
          {!ofDevice && <SenderName trap={trap} />}
          {!ofDevice && (trap.name || trap.oid) && ' · '}
          {trap.name ?? <span className="num">{trap.oid}</span>}
        </span>
      </span>
      <Repeats narrow={narrow} trap={trap} />
      <Refused narrow={narrow} trap={trap} />
      <Ago at={trap.lastAt} className="num ml-auto w-20 shrink-0 text-right text-ink-mute text-sm md:ml-0" />
    </li>
  )
}

function SenderName({ trap: { device, source } }: { trap: TrapRowFragment }) {
  const { t } = useWords()
  if (device) return <span className="text-ink-soft">{device.name}</span>
  return (
    <>
      {t.traps.unknownSender} <span className="num">{source}</span>
    </>
  )
}

/** How often it came in all, where it was more than once. */
function Repeats({ trap: { repeats, lastAt }, narrow }: { trap: TrapRowFragment; narrow: boolean }) {
  const { t, fill, format } = useWords()
  const n = format.integer(repeats + 1)
  return (
    <span className={cx('shrink-0 text-right', narrow ? 'md:w-12' : 'md:w-16')}>
      {repeats > 0 && (
        <span
          className="num rounded-full bg-sunken px-2 py-0.5 text-ink-soft text-xs"
          title={fill(t.traps.timesHint, { n, at: format.full(Date.parse(lastAt)) })}
        >
          {fill(t.traps.times, { n })}
        </span>
      )}
    </span>
  )
}

/** Why it was not accepted, where it was not: below on a phone, an icon where the panel takes the room. */
function Refused({ trap: { accepted, reason }, narrow }: { trap: TrapRowFragment; narrow: boolean }) {
  const { t } = useWords()
  const isRefused = !accepted && reason !== null
  return (
    <span
      className={cx(
        'shrink-0 md:order-none md:basis-auto',
        isRefused ? 'order-last basis-full' : 'hidden md:block',
        narrow ? 'md:w-6 2xl:w-40' : 'md:w-40',
      )}
    >
      {isRefused && (
        <span
          className="inline-flex items-center gap-1 text-degraded-ink text-sm"
          title={t.traps.reason[reason]}
        >
          <Icon name="lock" size={14} />
          <span className={cx(narrow && 'md:sr-only 2xl:not-sr-only')}>{t.traps.reason[reason]}</span>
        </span>
      )}
    </span>
  )
}
