import type { KeyboardEvent } from 'react'
import type UPlot from 'uplot'

import { pan, type Span, zoomAround } from './time-window'

interface KeyParts {
  shown: Span
  /** Unix seconds. */
  now: number
  onZoom: (a: number, b: number) => void
  onReset: () => void
  /** Puts the crosshair on the point at an index. */
  onPoint: (index: number) => void
}

/** What a key does to a chart that has the focus; false: nothing. */
export function chartKey(u: UPlot, { key, shiftKey }: KeyboardEvent, parts: KeyParts): boolean {
  const { shown, now, onZoom, onReset, onPoint } = parts
  const zoom = ({ from, to }: Span) => onZoom(from, to)
  const times = u.data[0]
  const [first, last] = [
    times.findIndex((time) => time >= shown.from),
    times.findLastIndex((time) => time <= shown.to),
  ]
  const at = u.cursor.idx ?? undefined
  const step = (by: number) => onPoint(Math.min(last, Math.max(first, at === undefined ? last : at + by)))
  const middle = (at !== undefined && times[at]) || (shown.from + shown.to) / 2
  switch (key) {
    case 'ArrowLeft':
      if (shiftKey) zoom(pan(shown, -0.25, now))
      else step(-1)
      return true
    case 'ArrowRight':
      if (shiftKey) zoom(pan(shown, 0.25, now))
      else step(1)
      return true
    case 'Home':
      onPoint(first)
      return true
    case 'End':
      onPoint(last)
      return true
    case '+':
    case '=':
      zoom(zoomAround(shown, 0.5, middle, now))
      return true
    case '-':
      zoom(zoomAround(shown, 2, middle, now))
      return true
    case '0':
    case 'Escape':
      onReset()
      return true
    default:
      return false
  }
}
