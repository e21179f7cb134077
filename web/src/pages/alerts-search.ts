import { defined, listOf, oneOf, type RawSearch, textOf } from '../app/search'
import type { AlertFilter, AlertSeverity, AlertState } from '../gql/graphql'

export const severities = ['CRITICAL', 'WARNING', 'INFO'] as const satisfies AlertSeverity[]

/** What is listed, by state. Without one: what is firing. */
export const views = ['firing', 'pending', 'resolved', 'all'] as const
export type View = (typeof views)[number]

const statesOf: Readonly<Record<View, AlertState[]>> = {
  firing: ['FIRING'],
  pending: ['PENDING'],
  resolved: ['RESOLVED'],
  all: ['PENDING', 'FIRING', 'RESOLVED'],
}

export interface AlertsSearch {
  state?: View
  severity?: AlertSeverity[]
  /** `no`: nobody takes care of it yet. */
  ack?: 'no' | 'yes'
  q?: string
  device?: string
  after?: string
  start?: number
  /** The alert in the side panel. */
  alert?: string
}

/** What the URL of the alert list holds; whatever does not fit is left out. */
export function alertsSearch(raw: RawSearch): AlertsSearch {
  const start = Number(raw['start'])
  const state = oneOf(views, raw['state'])
  return defined({
    state: state === 'firing' ? undefined : state,
    severity: listOf(severities, raw['severity']),
    ack: oneOf(['no', 'yes'] as const, raw['ack']),
    q: textOf(raw['q']),
    device: textOf(raw['device'], 100),
    after: textOf(raw['after'], 1_000),
    start: raw['after'] && Number.isInteger(start) && start > 0 ? start : undefined,
    alert: textOf(raw['alert'], 100),
  })
}

/** The same as the graph's filter. */
export function alertFilter({ state = 'firing', severity, ack, q, device }: AlertsSearch): AlertFilter {
  return {
    states: statesOf[state],
    ...(severity && { severities: severity }),
    ...(ack && { acknowledged: ack === 'yes' }),
    ...(q && { search: q }),
    ...(device && { deviceIds: [device] }),
  }
}

/** A URL without any filter. */
export const noFilter = {
  q: undefined,
  state: undefined,
  severity: undefined,
  ack: undefined,
  device: undefined,
} as const

/** Whether anything narrows the list, or widens it beyond what is firing. */
export const isFiltered = ({ q, state, severity, ack, device }: AlertsSearch): boolean =>
  Boolean(q || state || severity || ack || device)
