/** One line of the table. Ratios are what counts: absolute figures belong to the machine. */
export interface Row {
  name: string
  value: number
  unit: string
  /** The same figure of the reference, measured in the same run. */
  reference: number
  /** value / reference. */
  ratio: number
  /** As `≥ 0.5` or `≤ 2`, on the ratio; or, with a unit, on the value. */
  target: string
  ok: boolean
}

export type Bench = () => Promise<Row[]>

/** A row whose ratio must be at least `atLeast`. */
export const ratioRow = (
  row: Pick<Row, 'name' | 'value' | 'unit' | 'reference'> & { atLeast: number },
): Row => {
  const { atLeast, ...rest } = row
  const ratio = row.value / row.reference
  return { ...rest, ratio, target: `ratio ≥ ${atLeast}`, ok: ratio >= atLeast }
}

export const median = (numbers: readonly number[]): number =>
  [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? Number.NaN

export const percentile = (numbers: readonly number[], share: number): number =>
  [...numbers].sort((a, b) => a - b)[Math.min(numbers.length - 1, Math.floor(numbers.length * share))] ??
  Number.NaN
