import { cx } from '../parts/cx'
import { Icon } from '../parts/icon'
import { stateLook, statesWorstFirst } from '../parts/state'
import { useWords } from '../texts/language'

const loads = [
  { className: 'stroke-up', words: 'low' },
  { className: 'stroke-info', words: 'some' },
  { className: 'stroke-degraded', words: 'high' },
  { className: 'stroke-down', words: 'full' },
  { className: 'stroke-line-strong', words: 'unmeasured' },
] as const
const kinds = [
  { dash: '7 5', words: 'old' },
  { dash: '1 6', words: 'shared' },
] as const

/** What the map's shapes and colours mean. */
export function TopologyLegend() {
  const { t } = useWords()
  const item = 'flex items-center gap-1.5 whitespace-nowrap'
  return (
    <ul
      aria-label={t.topology.legend.title}
      className="flex flex-wrap gap-x-4 gap-y-1 border-line border-t bg-surface px-3.5 py-2 text-ink-soft text-xs max-md:hidden"
    >
      {statesWorstFirst.toReversed().map((state) => (
        <li className={item} key={state}>
          <span
            className={cx(
              'flex size-4 items-center justify-center rounded-full text-white dark:text-canvas',
              stateLook[state].solid,
            )}
          >
            <Icon name={stateLook[state].icon} size={11} />
          </span>
          {t.network.reachability[state]}
        </li>
      ))}
      {loads.map(({ className, words }) => (
        <li className={item} key={words}>
          <Line className={className} />
          {t.topology.legend[words]}
        </li>
      ))}
      {kinds.map(({ dash, words }) => (
        <li className={item} key={words}>
          <Line className="stroke-line-strong" dash={dash} />
          {t.topology.legend[words]}
        </li>
      ))}
      <li className={item}>
        <svg aria-hidden="true" height={14} width={22}>
          <path className="stroke-line-strong" d="M1 4h20" strokeWidth={1.25} />
          <path className="stroke-line-strong" d="M1 10h20" strokeWidth={4} />
        </svg>
        {t.topology.legend.width}
      </li>
    </ul>
  )
}

const Line = ({ className, dash }: { className: string; dash?: string }) => (
  <svg aria-hidden="true" height={8} width={26}>
    <path className={className} d="M2 4h22" strokeDasharray={dash} strokeLinecap="round" strokeWidth={2.75} />
  </svg>
)
