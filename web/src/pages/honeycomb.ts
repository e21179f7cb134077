const gap = 2

/** From this width on a cell shows its device's name. */
export const namedWidth = 82

/** Width of a cell for so many devices: room for the name while few, never below 26 px (WCAG 2.5.8 asks for 24). */
export function hexWidth(devices: number): number {
  if (devices <= 40) return namedWidth
  if (devices <= 80) return 46
  if (devices <= 200) return 36
  return devices <= 600 ? 30 : 26
}

/** From one cell to the next in a row, in px. */
export const combStep = (wide: number): number => wide + gap

/** From one row to the next: a pointy-topped hexagon overlaps the row above by a quarter of its height. */
const rowStep = (wide: number): number => wide * 1.12 * 0.75 + gap

/** Top left corner of a cell; every other row stands half a cell to the right. */
export function combPlace(index: number, perRow: number, wide: number): { x: number; y: number } {
  const row = Math.floor(index / perRow)
  const shift = row % 2 === 1 ? combStep(wide) / 2 : 0
  return { x: (index % perRow) * combStep(wide) + shift, y: row * rowStep(wide) }
}

/** Height of the whole comb in px. */
export function combHeight(devices: number, perRow: number, wide: number): number {
  const rows = Math.max(1, Math.ceil(devices / perRow))
  return Math.ceil((rows - 1) * rowStep(wide) + wide * 1.12)
}
