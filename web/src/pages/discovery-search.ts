import { defined, type RawSearch, textOf } from '../app/search'

export interface DiscoverySearch {
  /** A run whose settings the form begins with. */
  like?: string
}

/** What the URL of the page holds; whatever does not fit is left out. */
export const discoverySearch = (raw: RawSearch): DiscoverySearch => defined({ like: textOf(raw['like']) })
