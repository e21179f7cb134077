import { cx } from './cx'

interface SparklineProps {
  values: readonly (number | null)[]
  /** What it shows, in words. */
  label: string
  className?: string
}

const [width, height] = [120, 28]

/** A small line of how a value has been; a gap breaks it. Nothing where there are not two values. */
export function Sparkline({ values, label, className }: SparklineProps) {
  const known = values.filter((value) => value !== null)
  if (known.length < 2) return null
  const [low, high] = [Math.min(...known), Math.max(...known)]
  const y = (value: number) =>
    high === low ? height / 2 : 2 + (1 - (value - low) / (high - low)) * (height - 4)
  const step = width / Math.max(1, values.length - 1)
  return (
    <svg
      aria-label={label}
      className={cx('block h-7 w-full text-(--series-1)', className)}
      preserveAspectRatio="none"
      role="img"
      viewBox={`0 0 ${width} ${height}`}
    >
      <path
        d={linePath(values, (n) => n * step, y)}
        fill="none"
        stroke="currentColor"
        strokeLinejoin="round"
        strokeWidth={1.5}
        vectorEffect="non-scaling-stroke"
      />
    </svg>
  )
}

/** The path of a line with gaps; a lone point becomes a dash that can be seen. */
export function linePath(
  values: readonly (number | null)[],
  x: (n: number) => number,
  y: (value: number) => number,
): string {
  let path = ''
  values.forEach((value, n) => {
    if (value === null) return
    const follows = n > 0 && values[n - 1] != null
    path += `${follows ? 'L' : 'M'}${x(n).toFixed(1)} ${y(value).toFixed(1)}`
    if (!follows && values[n + 1] == null) path += 'h0.8'
  })
  return path
}
