import { Link } from '@tanstack/react-router'

import type { Port } from '../live/interface-figures'
import { cx } from '../parts/cx'
import { useWords } from '../texts/language'
import type { ChartSearch } from './chart-search'
import { PortState, PortTraffic, useFigures } from './interfaces-cells'

/** The ports as cards, where a table has no room. What is not in sight is not laid out. */
export function PortCards({ ports, deviceId }: { ports: readonly Port[]; deviceId: string }) {
  return (
    <ul className="overflow-y-auto">
      {ports.map((port) => (
        <li
          className="border-line border-b [contain-intrinsic-size:auto_96px] [content-visibility:auto]"
          data-interface-name={port.name}
          data-testid="interface-row"
          key={port.id}
        >
          <Link
            className="flex flex-col gap-1 px-4 py-2.5 hover:bg-hover"
            params={{ id: deviceId, interfaceId: port.id }}
            preload={false}
            search={({ range, compare }: ChartSearch) => ({ range, compare }) as ChartSearch}
            to="/devices/$id/interfaces/$interfaceId"
          >
            <span className="flex items-center gap-2">
              <span className="font-medium">{port.name}</span>
              <span className="min-w-0 flex-1 truncate text-ink-mute text-sm">{port.alias}</span>
              <PortState port={port} />
            </span>
            <Traffic id={port.id} />
          </Link>
        </li>
      ))}
    </ul>
  )
}

/** Both directions under each other; faults only where there are some. */
function Traffic({ id }: { id: string }) {
  const { t, format } = useWords()
  const { errorsPerSecond, discardsPerSecond } = useFigures(id)
  const { column } = t.device.interfaces
  const rows = [
    [column.in, 'in'],
    [column.out, 'out'],
  ] as const
  const faults = [
    [column.errors, errorsPerSecond],
    [column.discards, discardsPerSecond],
  ] as const
  return (
    <span className="num flex flex-wrap items-end gap-x-4 text-sm">
      <span className="flex flex-col">
        {rows.map(([name, way]) => (
          <span className="flex items-center gap-2" key={way}>
            <span className="w-8 text-ink-mute text-xs">{name}</span>
            <PortTraffic id={id} way={way} />
          </span>
        ))}
      </span>
      {faults.map(([name, rate]) => (
        <span className={cx('text-degraded-ink text-xs', !rate && 'hidden')} key={name}>
          {name} {format.si(rate)}
        </span>
      ))}
    </span>
  )
}
