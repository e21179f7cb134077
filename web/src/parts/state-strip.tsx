import { useWords } from '../texts/language'
import { cx } from './cx'
import { stateLook, statesWorstFirst } from './state'
import type { StateSpan } from './state-spans'
import type { Span } from './time-window'

interface StateStripProps {
  label: string
  spans: readonly StateSpan[]
  shown: Span
  /** What a state is called here. */
  nameOf: (state: StateSpan['state']) => string
  /** What else a span says when it is pointed at. */
  noteOf?: (span: StateSpan) => string
}

/**
 * States over time as a strip. They differ in height and pattern as well as in colour: full for what works, a band
 * at the foot for what does not, hatched for what nobody knows.
 */
export function StateStrip({ label, spans, shown: { from, to }, nameOf, noteOf }: StateStripProps) {
  const { format } = useWords()
  const share = (seconds: number) => `${(seconds / (to - from)) * 100}%`
  const text = to - from > 86_400 ? format.dayTime : format.time
  const titleOf = (span: StateSpan) =>
    [
      nameOf(span.state),
      noteOf?.(span),
      `${format.full(span.from * 1000)} – ${format.duration(span.to - span.from)}`,
    ]
      .filter(Boolean)
      .join(' · ')
  const states = statesWorstFirst.filter((state) => spans.some((span) => span.state === state)).reverse()
  return (
    <div className="my-3">
      <div
        aria-label={label}
        className="relative h-7 overflow-hidden rounded-md bg-sunken dark:bg-line"
        role="img"
      >
        {spans.map((span) => (
          <span
            className={cx('absolute bottom-0 min-w-[2px]', lookOf(span.state))}
            key={span.from}
            style={{ left: share(span.from - from), width: share(span.to - span.from) }}
            title={titleOf(span)}
          />
        ))}
      </div>
      <div aria-hidden="true" className="num mt-1 flex justify-between text-ink-mute text-xs">
        {[from, (from + to) / 2, to].map((at) => (
          <span key={at}>{text(at * 1000)}</span>
        ))}
      </div>
      <ul className="mt-1 flex flex-wrap gap-x-4 text-ink-soft text-xs">
        {states.map((state) => (
          <li className="flex items-center gap-1.5" key={state}>
            <span
              aria-hidden="true"
              className="flex size-3 items-end overflow-hidden rounded-sm bg-sunken dark:bg-line"
            >
              <span className={cx('w-full', lookOf(state))} />
            </span>
            {nameOf(state)}
          </li>
        ))}
      </ul>
    </div>
  )
}

const heights = {
  UP: 'h-full',
  DEGRADED: 'h-3/4',
  DOWN: 'h-1/2',
  UNREACHABLE: 'h-1/4',
  UNKNOWN: 'h-full',
} as const
const lookOf = (state: StateSpan['state']) =>
  cx(heights[state], state === 'UNKNOWN' ? 'hatched' : stateLook[state].solid)
