import { defined, flagOf, listOf, type RawSearch, textOf } from '../app/search'
import { type ChartSearch, chartSearch } from './chart-search'
import { type PortFilter, portFilters } from './interfaces-filter'

export interface DeviceSearch extends ChartSearch {
  /** One of `deviceTabs`; the page shows the first for a name it does not know. */
  tab?: string
  /** The sensor whose history is open. */
  sensor?: string
  /** Only sensors that are not well. */
  bad?: true
  q?: string
  /** Only interfaces of these kinds. */
  ports?: PortFilter[]
  /** Show unused ports too. */
  all?: true
  form?: string
}

/** What the URL of a device's page holds; whatever does not fit is left out. */
export function deviceSearch(raw: RawSearch): DeviceSearch {
  return defined({
    ...chartSearch(raw),
    tab: textOf(raw['tab'], 20),
    sensor: textOf(raw['sensor'], 100),
    bad: flagOf(raw['bad']),
    q: textOf(raw['q']),
    ports: listOf(portFilters, raw['ports']),
    all: flagOf(raw['all']),
    form: textOf(raw['form'], 100),
  })
}
