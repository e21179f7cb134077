import { Link } from '@tanstack/react-router'
import type { ReactNode } from 'react'

import type { PipelinePageQuery } from '../gql/graphql'
import { Card } from '../parts/card'
import { Ago } from '../parts/clock'
import { cx } from '../parts/cx'
import { Empty } from '../parts/feedback'
import { useWords } from '../texts/language'
import { type CollectorFigures, successLevel } from './health-level'
import { levelLook } from './health-look'

type Pipeline = PipelinePageQuery['pipelineHealth']

/** A small table whose first column names the row and whose others are figures. */
function Figures({
  caption,
  head,
  rows,
}: {
  caption: string
  head: readonly string[]
  rows: readonly { key: string; cells: readonly ReactNode[] }[]
}) {
  return (
    <section
      aria-label={caption}
      className="overflow-x-auto"
      // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard
      tabIndex={0}
    >
      <table className="num w-full text-sm">
        <caption className="sr-only">{caption}</caption>
        <thead className="text-ink-mute text-xs">
          <tr>
            {head.map((name, index) => (
              <th
                className={cx(
                  'py-1 font-normal',
                  index > 0 ? 'pr-4 text-right max-sm:pr-3' : 'pl-4 text-left',
                )}
                key={name}
                scope="col"
              >
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map(({ key, cells: [name, ...cells] }) => (
            <tr className="border-line border-t" key={key}>
              <th className="py-1.5 pl-4 text-left font-normal" scope="row">
                {name}
              </th>
              {cells.map((cell, index) => (
                <td className="py-1.5 pr-4 text-right max-sm:pr-3" key={head[index + 1]}>
                  {cell}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  )
}

/** What waits between the parts, and what each collector brings. */
export function Queues({
  queues,
  collectors,
}: {
  queues: Pipeline['queues']
  collectors: readonly CollectorFigures[]
}) {
  const { t, fill, format } = useWords()
  const { queue, collector } = t.health
  const bad = (n: number) => (
    <span className={n > 0 ? 'font-medium text-degraded-ink' : ''}>{format.integer(n)}</span>
  )
  return (
    <Card title={queue.title}>
      <Figures
        caption={queue.title}
        head={[queue.name, queue.waiting, queue.active, queue.delayed, queue.failed]}
        rows={queues.map(({ name, waiting, active, delayed, failed }) => ({
          key: name,
          cells: [
            <code key={name}>{name}</code>,
            format.integer(waiting),
            format.integer(active),
            format.integer(delayed),
            bad(failed),
          ],
        }))}
      />
      <div className="mt-3 border-line border-t pt-2 pb-2">
        <Figures
          caption={collector.title}
          head={[collector.name, collector.polls, collector.samples, collector.success]}
          rows={collectors.map((own) => ({
            key: own.collector,
            cells: [
              <code key={own.collector}>{own.collector}</code>,
              format.number(own.pollsPerMinute),
              fill(t.network.unit.perSecond, { value: format.si(own.samplesPerSecond) }),
              <span className={levelLook[successLevel(own.successRatio)].text} key="success">
                {format.percent(own.successRatio, 1)}
              </span>,
            ],
          }))}
        />
      </div>
    </Card>
  )
}

/** The devices that keep a collector waiting longest. */
export function Slowest({ devices }: { devices: Pipeline['slowest'] }) {
  const { t, format } = useWords()
  const longest = Math.max(1, ...devices.map(({ responseMs }) => responseMs))
  return (
    <Card title={t.health.slowest.title}>
      {devices.length === 0 && <Empty icon="clock" title={t.health.slowest.none} />}
      <ul className="pb-2 text-sm">
        {devices.map(({ device, responseMs, at }) => (
          <li className="flex items-center gap-3 px-4 py-1" key={device?.id ?? at}>
            {device ? (
              <Link
                className="w-40 truncate py-0.5 font-medium hover:text-accent hover:underline"
                params={{ id: device.id }}
                preload={false}
                title={device.address}
                to="/devices/$id"
              >
                {device.name}
              </Link>
            ) : (
              <span className="w-40 text-ink-mute">–</span>
            )}
            <span
              aria-hidden="true"
              className="h-1.5 flex-1 overflow-hidden rounded-full bg-sunken dark:bg-line"
            >
              <span
                className="block h-full rounded-full bg-(--series-4)"
                style={{ width: `${(responseMs / longest) * 100}%` }}
              />
            </span>
            <span className="num w-20 text-right">{format.ms(responseMs)}</span>
          </li>
        ))}
      </ul>
    </Card>
  )
}

/** What was not stored, and why. */
export function Refused({ refused }: { refused: Pipeline['refused'] }) {
  const { t, format } = useWords()
  const { title, none, noneHint, reason, column } = t.health.refused
  return (
    <Card className="xl:col-span-2" title={title}>
      {refused.length === 0 ? (
        <Empty hint={noneHint} icon="checkCircle" title={none} />
      ) : (
        <Figures
          caption={title}
          head={[column.reason, column.count, column.last]}
          rows={refused.map((own) => ({
            key: own.reason,
            cells: [
              reason[own.reason as keyof typeof reason] ?? own.reason,
              format.integer(own.count),
              <Ago at={own.lastAt} key="at" />,
            ],
          }))}
        />
      )}
    </Card>
  )
}
