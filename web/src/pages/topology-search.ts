import { defined, oneOf, type RawSearch, textOf, textsOf } from '../app/search'

export const topologyViews = ['map', 'list'] as const
export type TopologyViewName = (typeof topologyViews)[number]

export interface TopologySearch {
  view?: TopologyViewName
  q?: string
  /** The device whose details are open. */
  device?: string
  /** Sites that are the other way than they are by themselves: open or folded up. */
  turned?: string[]
}

/** What the URL of the topology holds; whatever does not fit is left out. */
export const topologySearch = (raw: RawSearch): TopologySearch =>
  defined({
    view: oneOf(topologyViews, raw['view']),
    q: textOf(raw['q']),
    device: textOf(raw['device'], 100),
    turned: textsOf(raw['turned']),
  })
