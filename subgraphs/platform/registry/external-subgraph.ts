import type { SubgraphPart } from '#core/service/compose.js'
import { changed } from '#db/audit/changed.js'
import { recordAudit } from '#db/audit/record.js'
import type { EntityManager } from '#db/source.js'

import { sha256 } from './base.js'
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

/** As the audit log shows it: the SDL is long, and kept with the versions. */
const seen = ({ url, sdl, fault, version, publisher }: External) => ({
  ...{ url, sdlSha256: sha256(sdl), fault, version, publisher },
})

/** Writes down in the audit log what has become of it; null: it was not there before, or is no more. */
export function recordExternal(
  manager: EntityManager,
  before: External | null,
  after: External | null,
  more: object = {},
): Promise<void> {
  const name = (before ?? after)?.name ?? ''
  return recordAudit(manager, {
    target: { type: 'RegisteredSubgraph', id: name, label: name },
    ...changed(before && seen(before), after && { ...seen(after), ...more }),
  })
}
