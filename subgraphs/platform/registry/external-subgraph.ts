import type { SubgraphPart } from '#core/service/compose.js'
import type { EntityManager } from '#db/source.js'

import type { RegisteredSubgraph } from './registered-subgraph.js'

/** A row of `external_subgraph` without its key. */
export interface External {
  name: string
  url: string
  sdl: string
  fault: string | null
  version: number
  publisher: string
  createdAt: Date
  updatedAt: Date
}

export const externalColumns = `name, url, sdl, fault, version, publisher, created_at AS "createdAt", updated_at AS "updatedAt"`

/** In the order in which they joined. */
export const externals = (manager: EntityManager): Promise<External[]> =>
  manager.query<External[]>(`SELECT ${externalColumns} FROM external_subgraph ORDER BY created_at, name`)

/** Whether it is part of the graph. */
export const active = ({ fault }: External): boolean => fault === null

/** As the graph shows it. */
export const shown = ({ fault, ...row }: External): RegisteredSubgraph => ({
  ...row,
  fault,
  external: true,
  status: fault === null ? 'ACTIVE' : 'LEFT_OUT',
})

/** One of SOTP's own, as the graph shows it. */
export const ownSubgraph = ({ name, sdl }: SubgraphPart): RegisteredSubgraph => ({
  name,
  sdl,
  external: false,
  url: null,
  status: 'ACTIVE',
  fault: null,
  version: null,
  publisher: null,
  createdAt: null,
  updatedAt: null,
})
