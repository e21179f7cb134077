import type UPlot from 'uplot'

import type { Span } from './time-window'

interface GapMarks {
  gaps: readonly Span[]
  text: string
  ink: string
}

/** Hatches what was not measured, behind the grid, and says so where there is room: an empty place is no zero. */
export function drawGaps(u: UPlot, { gaps, text, ink }: GapMarks): void {
  const { ctx, bbox } = u
  const ratio = devicePixelRatio
  ctx.save()
  ctx.beginPath()
  ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height)
  ctx.clip()
  ctx.fillStyle = hatch(ctx, ink, ratio)
  const places = gaps.map(({ from, to }) => [u.valToPos(from, 'x', true), u.valToPos(to, 'x', true)] as const)
  for (const [left, right] of places) ctx.fillRect(left, bbox.top, right - left, bbox.height)
  ctx.globalAlpha = 1
  ctx.fillStyle = ink
  ctx.font = `${11 * ratio}px Inter, system-ui, sans-serif`
  ctx.textAlign = 'center'
  ctx.textBaseline = 'top'
  for (const [start, end] of places) {
    const [left, right] = [Math.max(start, bbox.left), Math.min(end, bbox.left + bbox.width)]
    if (right - left > ctx.measureText(text).width + 12 * ratio)
      ctx.fillText(text, (left + right) / 2, bbox.top + 6 * ratio)
  }
  ctx.restore()
}

const hatches = new Map<string, CanvasPattern | string>()

/** Faint diagonal lines; made once for each colour and pixel ratio. */
function hatch(ctx: CanvasRenderingContext2D, ink: string, ratio: number): CanvasPattern | string {
  const key = `${ink} ${ratio}`
  const known = hatches.get(key)
  if (known !== undefined) return known
  const size = Math.round(8 * ratio)
  const tile = new OffscreenCanvas(size, size)
  const draw = tile.getContext('2d')
  if (draw) {
    draw.strokeStyle = ink
    draw.globalAlpha = 0.22
    draw.lineWidth = ratio
    draw.beginPath()
    // Three strokes, so that the corners of neighbouring tiles meet.
    for (const shift of [-size, 0, size]) {
      draw.moveTo(shift, size)
      draw.lineTo(shift + size, 0)
    }
    draw.stroke()
  }
  const made = ctx.createPattern(tile, 'repeat') ?? 'transparent'
  hatches.set(key, made)
  return made
}

/** The line that mirrored series lie on both sides of. */
export function drawZero(u: UPlot, ink: string): void {
  const { ctx, bbox } = u
  const y = Math.round(u.valToPos(0, 'left', true)) + 0.5
  ctx.save()
  ctx.strokeStyle = ink
  ctx.globalAlpha = 0.5
  ctx.lineWidth = devicePixelRatio
  ctx.beginPath()
  ctx.moveTo(bbox.left, y)
  ctx.lineTo(bbox.left + bbox.width, y)
  ctx.stroke()
  ctx.restore()
}
