import { defined, listOf, oneOf, type RawSearch, textOf, textsOf } from '../app/search'
import type { DeviceKind, DeviceOrderField, OrderDirection, Reachability } from '../gql/graphql'

export const reachabilities = [
  'UP',
  'DEGRADED',
  'DOWN',
  'UNREACHABLE',
  'UNKNOWN',
] as const satisfies Reachability[]
export const deviceKinds = [
  'ROUTER',
  'SWITCH',
  'FIREWALL',
  'SERVER',
  'ACCESS_POINT',
  'PRINTER',
  'UPS',
  'OTHER',
] as const satisfies DeviceKind[]

/** Columns the server can sort by, by their ids in the table. */
export const sortFields = {
  name: 'NAME',
  address: 'ADDRESS',
  site: 'SITE',
  kind: 'KIND',
  model: 'VENDOR',
} as const satisfies Record<string, DeviceOrderField>
export type SortColumn = keyof typeof sortFields

const sorts = Object.keys(sortFields).flatMap((column) => [column, `-${column}`]) as (
  | SortColumn
  | `-${SortColumn}`
)[]

export interface DevicesSearch {
  q?: string
  state?: Reachability[]
  site?: string[]
  kind?: DeviceKind[]
  tag?: string[]
  /** A column, descending with a leading minus. */
  sort?: SortColumn | `-${SortColumn}`
  /** Cursor of the page shown, and how many rows come before it. */
  after?: string
  start?: number
  /** The open form: `new`, or the id of the device being edited. */
  form?: string
}

/** What the URL of the device list holds; whatever does not fit is left out. */
export function devicesSearch(raw: RawSearch): DevicesSearch {
  const start = Number(raw['start'])
  return defined({
    q: textOf(raw['q']),
    state: listOf(reachabilities, raw['state']),
    site: textsOf(raw['site']),
    kind: listOf(deviceKinds, raw['kind']),
    tag: textsOf(raw['tag']),
    sort: oneOf(sorts, raw['sort']),
    after: textOf(raw['after'], 1_000),
    start: raw['after'] && Number.isInteger(start) && start > 0 ? start : undefined,
    form: textOf(raw['form'], 100),
  })
}

/** The order the server is asked for. */
export function orderOf(sort: DevicesSearch['sort'] = 'name'): {
  field: DeviceOrderField
  direction: OrderDirection
} {
  const descending = sort.startsWith('-')
  const column = (descending ? sort.slice(1) : sort) as SortColumn
  return { field: sortFields[column], direction: descending ? 'DESC' : 'ASC' }
}

/** Whether anything narrows the list. */
export const isFiltered = ({ q, state, site, kind, tag }: DevicesSearch): boolean =>
  Boolean(q || state || site || kind || tag)
