import { useWords } from '../texts/language'
import { linePath } from './sparkline'
import { useWidth } from './width'

interface LimitChartProps {
  points: readonly { at: string; value: number | null }[]
  limits: readonly { value: number; isCritical: boolean; text: string }[]
  show: (value: number) => string
  /** What it shows, in words. */
  label: string
  /** What is said where there is nothing to draw. */
  empty: string
}

const height = 200
const edge = { left: 64, right: 8, top: 8, bottom: 22 }

/** A value over time between its limits, which are lines that say what they are. */
export function LimitChart({ points, limits, show, label, empty }: LimitChartProps) {
  const { format } = useWords()
  const [box, width] = useWidth<HTMLDivElement>()
  const values = points.map(({ value }) => value)
  const known = values.filter((value) => value !== null)
  const [low, high] = bounds(known, limits)
  const right = Math.max(width, 240) - edge.right
  const x = (n: number) => edge.left + (n / Math.max(1, values.length - 1)) * (right - edge.left)
  const y = (value: number) =>
    edge.top + (1 - (value - low) / (high - low)) * (height - edge.top - edge.bottom)
  const shown = limits.filter(({ value }) => value >= low && value <= high)
  const times = width < 500 ? [0, 0.5, 1] : [0, 0.25, 0.5, 0.75, 1]
  return (
    <div className="relative" ref={box} style={{ height }}>
      {known.length === 0 && (
        <p className="absolute inset-0 flex items-center justify-center text-ink-mute text-sm">{empty}</p>
      )}
      {known.length > 0 && width > 0 && (
        <svg aria-label={label} height={height} role="img" width={width}>
          {[0, 0.5, 1].map((part) => {
            const value = low + (high - low) * part
            return (
              <g key={part}>
                <line stroke="var(--grid)" x1={edge.left} x2={right} y1={y(value)} y2={y(value)} />
                <text
                  className="num fill-(--ink-mute) text-xs"
                  dominantBaseline="middle"
                  textAnchor="end"
                  x={edge.left - 8}
                  y={y(value)}
                >
                  {show(value)}
                </text>
              </g>
            )
          })}
          {times.map((part) => {
            const point = points[Math.round(part * (points.length - 1))]
            return (
              <text
                className="num fill-(--ink-mute) text-xs"
                key={part}
                textAnchor={part === 0 ? 'start' : part === 1 ? 'end' : 'middle'}
                x={edge.left + part * (right - edge.left)}
                y={height - 4}
              >
                {point && timeText(point.at, points, format)}
              </text>
            )
          })}
          {shown.map(({ value, isCritical, text }) => {
            const color = isCritical ? 'var(--down)' : 'var(--degraded)'
            return (
              <g key={text}>
                <line
                  stroke={color}
                  strokeDasharray={isCritical ? undefined : '5 4'}
                  strokeWidth={1.25}
                  x1={edge.left}
                  x2={right}
                  y1={y(value)}
                  y2={y(value)}
                />
                <text
                  className={isCritical ? 'fill-(--down-ink) text-xs' : 'fill-(--degraded-ink) text-xs'}
                  textAnchor={isCritical ? 'end' : 'start'}
                  x={isCritical ? right - 2 : edge.left + 4}
                  y={y(value) + (y(value) < edge.top + 14 ? 13 : -4)}
                >
                  {text}
                </text>
              </g>
            )
          })}
          <path
            d={linePath(values, x, y)}
            fill="none"
            stroke="var(--series-1)"
            strokeLinejoin="round"
            strokeWidth={1.75}
          />
        </svg>
      )}
    </div>
  )
}

/** From below the lowest to above the highest; limits count where they are not far away from what was measured. */
function bounds(known: readonly number[], limits: LimitChartProps['limits']): [number, number] {
  if (known.length === 0) return [0, 1]
  let [low, high] = [Math.min(...known), Math.max(...known)]
  const reach = Math.max(high - low, Math.abs(high) * 0.2, 1e-6) * 4
  for (const { value } of limits) {
    if (value > high && value - high <= reach) high = value
    if (value < low && low - value <= reach) low = value
  }
  const pad = Math.max((high - low) * 0.08, Math.abs(high) * 0.02, 1e-6)
  const floor = low >= 0 ? 0 : Number.NEGATIVE_INFINITY
  return [Math.max(floor, low - pad), high + pad]
}

function timeText(
  at: string,
  points: LimitChartProps['points'],
  format: ReturnType<typeof useWords>['format'],
): string {
  const [first, last] = [points[0]?.at ?? at, points.at(-1)?.at ?? at]
  const isLong = Date.parse(last) - Date.parse(first) > 2 * 86_400_000
  return isLong ? format.day(Date.parse(at)) : format.time(Date.parse(at))
}
