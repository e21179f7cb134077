import { createHash } from 'node:crypto'
import { globSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { parse } from 'graphql'

import { ownUrl, type SubgraphPart } from '#core/service/compose.js'

/** SOTP's own graph, as this release was built: what external subgraphs are composed with. */
export interface Base {
  /** SHA-256 of the committed supergraph.graphql, in hex. */
  id: string
  supergraph: string
  api: string
  parts: readonly SubgraphPart[]
  /** Coordinates of the fields that our own subgraphs define, as `Device.name`. */
  ownFields: ReadonlySet<string>
}

export const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex')

/** `graphql/` lies three folders up from the source, four from the compiled file. */
const places = ['../../../graphql', '../../../../graphql'].map((place) =>
  path.resolve(import.meta.dirname, place),
)
const generated = new Set(['supergraph', 'schema'])

/** @throws Error when the generated SDL is not where the project keeps it. */
export function readBase(): Base {
  const folder = places.find((place) => globSync('supergraph.graphql', { cwd: place }).length > 0)
  if (!folder) throw new Error('graphql/supergraph.graphql is missing: `npm run graphql` writes it')
  const read = (name: string) => readFileSync(path.join(folder, `${name}.graphql`), 'utf8')
  const names = globSync('*.graphql', { cwd: folder })
    .map((file) => path.basename(file, '.graphql'))
    .filter((name) => !generated.has(name))
    .sort()
  const parts = names.map((name) => ({ name, url: ownUrl(name), sdl: read(name) }))
  const supergraph = read('supergraph')
  return {
    id: sha256(supergraph),
    supergraph,
    api: read('schema'),
    parts,
    ownFields: new Set(parts.flatMap(({ sdl }) => fieldsOf(sdl))),
  }
}

const fieldsOf = (sdl: string): string[] =>
  parse(sdl, { noLocation: true }).definitions.flatMap((node) =>
    node.kind === 'ObjectTypeDefinition' || node.kind === 'ObjectTypeExtension'
      ? (node.fields ?? []).map((field) => `${node.name.value}.${field.name.value}`)
      : [],
  )
