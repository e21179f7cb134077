import { useFragment } from '@apollo/client/react'
import { Link } from '@tanstack/react-router'
import { useRef, useState } from 'react'

import { useDenied } from '../app/permission'
import { useShortcuts } from '../app/shortcuts'
import { AlertRowFragmentDoc } from '../gql/graphql'
import { Button } from '../parts/button'
import { Ago } from '../parts/clock'
import { cx } from '../parts/cx'
import { Flash } from '../parts/flash'
import { Icon } from '../parts/icon'
import { SeverityBadge } from '../parts/state'
import { useWords } from '../texts/language'
import type { AlertNode } from './alert-line'

interface AlertRowsProps {
  nodes: readonly AlertNode[]
  chosen: string | undefined
  onOpen: (id: string) => void
  onAcknowledge: (id: string) => void
}

/** The alerts as a list. J and K move, Enter opens, A acknowledges. */
export function AlertRows({ nodes, chosen, onOpen, onAcknowledge }: AlertRowsProps) {
  const { t } = useWords()
  const list = useRef<HTMLUListElement>(null)
  const [active, setActive] = useState(0)
  const denied = useDenied('alert.acknowledge')
  const inList = () => list.current?.contains(document.activeElement)
  const move = (index: number) => {
    const next = Math.max(0, Math.min(nodes.length - 1, index))
    setActive(next)
    list.current?.querySelectorAll<HTMLElement>('[data-alert-open]')[next]?.focus()
  }
  useShortcuts({
    j: () => move(inList() ? active + 1 : active),
    k: () => move(inList() ? active - 1 : active),
    a: () => {
      const id = inList() ? nodes[active]?.id : chosen
      return id && !denied ? onAcknowledge(id) : false
    },
  })
  return (
    <ul aria-label={t.alerts.title} className="min-h-0 flex-1 overflow-y-auto" ref={list}>
      {nodes.map((node, index) => (
        <Row
          chosen={node.id === chosen}
          denied={denied}
          from={node}
          key={node.id}
          narrow={chosen !== undefined}
          onAcknowledge={onAcknowledge}
          onFocus={() => setActive(index)}
          onOpen={onOpen}
        />
      ))}
    </ul>
  )
}

interface RowProps extends Omit<AlertRowsProps, 'nodes' | 'chosen'> {
  from: AlertNode
  chosen: boolean
  /** The panel is open beside the list: less room. */
  narrow: boolean
  denied: string | undefined
  onFocus: () => void
}

function Row({ from, chosen, narrow, denied, onFocus, onOpen, onAcknowledge }: RowProps) {
  const { t, fill } = useWords()
  const { data: alert, complete } = useFragment({ fragment: AlertRowFragmentDoc, from })
  if (!complete) return null
  const over = alert.state === 'RESOLVED'
  return (
    <li
      className={cx(
        'relative flex flex-wrap items-center gap-x-4 gap-y-1 border-line border-b px-4 py-2.5 md:flex-nowrap compact:py-1.5',
        chosen ? 'bg-accent-soft' : 'hover:bg-hover',
      )}
      data-alert-id={alert.id}
      data-testid="alert-row"
      onFocus={onFocus}
    >
      <span className="w-28 shrink-0">
        <SeverityBadge severity={alert.severity} />
      </span>
      <span className="order-last min-w-0 basis-full md:order-none md:flex-1 md:basis-0">
        <button
          aria-label={fill(t.alerts.open, { summary: alert.summary })}
          className={cx(
            'block min-h-6 max-w-full truncate text-left font-medium outline-none after:absolute after:inset-0 focus-visible:after:outline-2 focus-visible:after:outline-accent focus-visible:after:-outline-offset-2',
            over && 'text-ink-mute',
          )}
          data-alert-open
          onClick={() => onOpen(alert.id)}
          type="button"
        >
          {alert.summary}
        </button>
        <span className="block truncate text-ink-mute text-sm">
          {alert.device ? (
            <Link
              className="relative z-1 text-ink-soft underline decoration-line-strong underline-offset-2 hover:text-accent"
              params={{ id: alert.device.id }}
              preload={false}
              to="/devices/$id"
            >
              {alert.device.name}
            </Link>
          ) : (
            t.shell.states.unknown
          )}
          {alert.interface && ` · ${alert.interface.name}`} · {alert.rule.name}
        </span>
      </span>
      <span className={cx('w-20 shrink-0 text-sm', narrow && 'md:hidden 2xl:block')}>
        <Flash value={alert.state}>{t.network.alertState[alert.state]}</Flash>
      </span>
      <Ago
        at={alert.startsAt}
        className="num ml-auto w-20 shrink-0 text-right text-ink-mute text-sm md:ml-0"
      />
      <span className="relative z-1 hidden w-40 shrink-0 justify-end md:flex">
        {alert.acknowledgement ? (
          <span
            className="flex min-w-0 items-center gap-1.5 text-sm text-up-ink"
            title={alert.acknowledgement.comment ?? undefined}
          >
            <Icon name="check" size={14} />
            <span className="truncate">{alert.acknowledgement.by?.name ?? t.alerts.filter.ackYes}</span>
          </span>
        ) : (
          !over && (
            <Button small denied={denied} icon="check" onClick={() => onAcknowledge(alert.id)}>
              {t.alerts.acknowledge}
            </Button>
          )
        )}
      </span>
    </li>
  )
}
