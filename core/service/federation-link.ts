import { type DocumentNode, visit } from 'graphql'

/** Minor version of federation 2 at which composition and our subgraphs start: keys on interfaces, `@interfaceObject`. */
const firstVersion = 3

/** Directives of the federation specification, with the minor version that brought each, if later than the first. */
const directives: Readonly<Record<string, number>> = {
  key: firstVersion,
  requires: firstVersion,
  provides: firstVersion,
  external: firstVersion,
  extends: firstVersion,
  shareable: firstVersion,
  inaccessible: firstVersion,
  override: firstVersion,
  tag: firstVersion,
  composeDirective: firstVersion,
  interfaceObject: firstVersion,
  authenticated: 5,
  requiresScopes: 5,
  policy: 6,
  cost: 9,
  listSize: 9,
}
/** `@override` with a label, which hands a field over step by step. */
const labelledOverride = 7

/** A directive of another specification that composition shall keep in the supergraph. */
export interface ComposedDirective {
  /** Its name, with the `@`. */
  name: `@${string}`
  /** Where its specification lives, with its version: `https://sotp.dev/access/v1.0`. */
  url: string
  /** Its definition in SDL. */
  definition: string
}

/**
 * The `extend schema` that a subgraph's types need: it imports those federation directives which they use, at the
 * oldest version that has them all, so that every router of that version can read it; and the composed ones.
 */
export function linkSpecifications(document: DocumentNode, composed: readonly ComposedDirective[]): string {
  const used = new Set(composed.length > 0 ? ['composeDirective'] : [])
  let version = firstVersion
  visit(document, {
    Directive({ name, arguments: given = [] }) {
      const since = directives[name.value]
      if (since === undefined) return
      used.add(name.value)
      const labelled = name.value === 'override' && given.some((one) => one.name.value === 'label')
      version = Math.max(version, labelled ? labelledOverride : since)
    },
  })
  const imports = Object.keys(directives).filter((name) => used.has(name))
  const names = imports.map((name) => `"@${name}"`).join(', ')
  return [
    'extend schema',
    `  @link(url: "https://specs.apollo.dev/federation/v2.${version}", import: [${names}])`,
    ...composed.map(({ url, name }) => `  @link(url: "${url}", import: ["${name}"])`),
    ...composed.map(({ name }) => `  @composeDirective(name: "${name}")`),
    '',
    ...composed.map(({ definition }) => `${definition.trim()}\n`),
    '',
  ].join('\n')
}
