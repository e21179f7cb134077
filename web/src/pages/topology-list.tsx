import { Link } from '@tanstack/react-router'
import { useState } from 'react'

import type { TopologyLink } from '../live/topology'
import { Button } from '../parts/button'
import { Ago } from '../parts/clock'
import { cx } from '../parts/cx'
import { DeviceDot } from '../parts/device-dot'
import { Empty } from '../parts/feedback'
import { Icon } from '../parts/icon'
import { useWords } from '../texts/language'
import { LinkEvidence } from './link-evidence'
import { RemoveLink } from './link-remove'
import { loadTone } from './topology-edge'
import { isDown, loadOf, type NamedEnd, portName, speedOf } from './topology-graph'

const firstRows = 100

/** Every link as a row: what the map shows, for keyboards, screen readers and small screens. */
export function TopologyList({ links }: { links: readonly TopologyLink[] }) {
  const { t, format, count, fill } = useWords()
  const [all, setAll] = useState(false)
  if (links.length === 0) return <Empty icon="topology" title={t.topology.noLinks} />
  const shown = all ? links : links.slice(0, firstRows)
  const head =
    'sticky top-0 z-10 h-9 whitespace-nowrap border-line border-b bg-surface px-2.5 font-medium text-[13px] text-ink-mute'
  return (
    <div className="min-h-0 flex-1 overflow-auto">
      <table className="w-full border-separate border-spacing-0 text-sm" data-testid="topology-list">
        <caption className="sr-only">
          {fill(t.topology.caption, { count: count(t.topology.links, links.length) })}
        </caption>
        <thead className="max-md:sr-only">
          <tr className="text-left">
            <th className={head} scope="col">
              {t.topology.from}
            </th>
            <th className={head} scope="col">
              {t.topology.to}
            </th>
            <th className={cx(head, 'text-right')} scope="col">
              {t.topology.load}
            </th>
            <th className={cx(head, 'text-right')} scope="col">
              {t.topology.speed}
            </th>
            <th className={head} scope="col">
              {t.topology.evidence}
            </th>
            <th className={head} scope="col">
              {t.topology.seen}
            </th>
          </tr>
        </thead>
        <tbody>
          {shown.map((link) => (
            <tr
              className="*:border-line *:border-b *:px-2.5 *:py-1.5 hover:bg-hover max-md:grid max-md:grid-cols-[auto_auto_1fr] max-md:border-line max-md:border-b max-md:py-2 max-md:*:border-0 max-md:*:py-0.5"
              data-testid="topology-row"
              key={link.id}
            >
              <td className="max-md:col-span-3">
                <EndCell end={link.from} />
              </td>
              <td className="max-md:col-span-3">
                <EndCell end={link.to} />
              </td>
              <td className={cx('num md:text-right', loadTone(loadOf(link), isDown(link)).text)}>
                {isDown(link) ? t.network.reachability.DOWN : format.percent(loadOf(link))}
              </td>
              <td className="num text-ink-soft md:text-right">{format.bits(speedOf(link))}</td>
              <td className="whitespace-nowrap text-ink-soft">
                <span className="flex items-center gap-1">
                  <LinkEvidence link={link} />
                  <RemoveLink link={link} />
                </span>
              </td>
              <td className="whitespace-nowrap text-ink-mute max-md:hidden">
                <Ago at={link.lastSeenAt} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {shown.length < links.length && (
        <p className="p-3 text-center">
          <Button onClick={() => setAll(true)}>{count(t.topology.showAll, links.length)}</Button>
        </p>
      )}
    </div>
  )
}

/** An end of a link: the device with its state, and its port. */
export function EndCell({ end }: { end: NamedEnd }) {
  const { t } = useWords()
  const { device, stranger } = end
  return (
    <span className="flex min-h-6 items-center gap-2">
      {device ? <DeviceDot id={device.id} size={16} /> : <Icon className="text-ink-mute" name="unknown" />}
      {device ? (
        <Link className="truncate font-medium hover:underline" params={{ id: device.id }} to="/devices/$id">
          {device.name}
        </Link>
      ) : (
        <span className="truncate text-ink-soft" title={stranger?.platform ?? undefined}>
          {stranger?.name ?? stranger?.address}
          <span className="ml-1.5 text-ink-mute text-xs">{t.topology.unwatched}</span>
        </span>
      )}
      <span className="truncate font-mono text-ink-mute text-xs">{portName(end)}</span>
    </span>
  )
}
