import { type Figures, isUsed, type Port } from '../live/interface-figures'

export const portFilters = ['up', 'down', 'disabled', 'busy', 'faulty'] as const
export type PortFilter = (typeof portFilters)[number]

/** From this share of the line rate on a port counts as busy. */
export const busyFrom = 0.75

/** Which of the filters a port fits, by what it does now. */
export function fits(filter: PortFilter, { adminUp }: Pick<Port, 'adminUp'>, figures: Figures): boolean {
  const { operUp, utilizationIn, utilizationOut, errorsPerSecond, discardsPerSecond } = figures
  if (filter === 'disabled') return !adminUp
  if (filter === 'up') return adminUp && operUp === true
  if (filter === 'down') return adminUp && operUp === false
  if (filter === 'busy') return Math.max(utilizationIn ?? 0, utilizationOut ?? 0) >= busyFrom
  return (errorsPerSecond ?? 0) > 0 || (discardsPerSecond ?? 0) > 0
}

/** The order of states in the table: up before down before switched off. */
export const stateRank = ({ adminUp, state }: Pick<Port, 'adminUp' | 'state'>): number =>
  adminUp ? (state?.operUp ? 0 : 1) : 2

export interface PortSelection {
  q?: string | undefined
  /** Any of these; every port when left out. */
  ports?: readonly PortFilter[] | undefined
  /** Unused ports, too. What is chosen by a filter is shown in any case. */
  all?: true | undefined
}

/** The ports to show: found by name, alias, description or MAC, fitting one of the filters, and in use. */
export function selectPorts(
  ports: readonly Port[],
  figuresOf: (id: string) => Figures,
  { q, ports: filters, all }: PortSelection,
): Port[] {
  const wanted = (q ?? '').trim().toLowerCase()
  return ports.filter((port) => {
    const figures = figuresOf(port.id)
    if (filters ? !filters.some((filter) => fits(filter, port, figures)) : !all && !isUsed(figures))
      return false
    return (
      !wanted ||
      [port.name, port.alias, port.description, port.mac].some((text) => text?.toLowerCase().includes(wanted))
    )
  })
}
