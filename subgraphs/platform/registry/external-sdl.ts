import {
  type ConstDirectiveNode,
  type DocumentNode,
  type FieldDefinitionNode,
  GraphQLError,
  Kind,
  type ObjectTypeDefinitionNode,
  type ObjectTypeExtensionNode,
  parse,
  parseConstValue,
  print,
  visit,
} from 'graphql'

import { permissions } from '#core/contract/permissions.js'
import { accessDirective } from '#core/service/access-sdl.js'
import { removalDate } from '#core/service/schema-check.js'

import type { Base } from './base.js'

/** SDL as it is composed, or why it may not be. */
export interface ExternalSdl {
  sdl: string
  faults: string[]
}

/** @composeDirective, by which `@access` reaches the gateway, came with this minor version. */
const federationUrl = /^https:\/\/specs\.apollo\.dev\/federation\/v2\.[1-9]\d*$/
/** Parsed, marked and printed within about 30 ms; SOTP's own subgraphs have up to 4,000. */
const tokensMax = 20_000

type TypeNode = ObjectTypeDefinitionNode | ObjectTypeExtensionNode

/**
 * Reads the SDL of an external subgraph and marks its own fields as personal where it says nothing else: nobody knows
 * what its answers depend on, so the gateway must never share them between users. A field that our own subgraphs
 * define too (keys, above all) stays as they say.
 */
export function readExternal(text: string, base: Pick<Base, 'ownFields' | 'parts'>): ExternalSdl {
  const document = parsed(text)
  if (typeof document === 'string') return { sdl: text, faults: [document] }
  const links = linksOf(document)
  if (!links.some((url) => federationUrl.test(url))) {
    const message =
      'It must be SDL of Federation 2.1 or later: extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key"])'
    return { sdl: text, faults: [message] }
  }
  const own = new Set(base.parts.map(({ name }) => name))
  const faults: string[] = []
  const mark = (node: TypeNode): TypeNode => ({
    ...node,
    fields: (node.fields ?? []).map((field) => {
      const coordinate = `${node.name.value}.${field.name.value}`
      faults.push(...faultsOf(coordinate, field, own))
      const settled = base.ownFields.has(coordinate) || has(field, 'external') || has(field, 'access')
      return settled ? field : { ...field, directives: [...(field.directives ?? []), personal] }
    }),
  })
  const marked = visit(document, { ObjectTypeDefinition: mark, ObjectTypeExtension: mark })
  const head = links.includes(accessDirective.url) ? '' : accessHead
  return { sdl: `${head}${print(marked)}\n`, faults }
}

/** By its full name, so that whatever the SDL imports is left alone. */
const accessHead = `extend schema
  @link(url: "${accessDirective.url}", import: ["${accessDirective.name}"])
  @federation__composeDirective(name: "${accessDirective.name}")
${accessDirective.definition}`

/** `@access(permission: "viewer.read", personal: true)`: whoever may see anything, and each for himself. */
const personal: ConstDirectiveNode = {
  kind: Kind.DIRECTIVE,
  name: { kind: Kind.NAME, value: 'access' },
  arguments: Object.entries({ permission: '"viewer.read"', personal: 'true' }).map(([name, value]) => ({
    kind: Kind.ARGUMENT,
    name: { kind: Kind.NAME, value: name },
    value: parseConstValue(value, { noLocation: true }),
  })),
}

function parsed(text: string): DocumentNode | string {
  try {
    return parse(text, { noLocation: true, maxTokens: tokensMax })
  } catch (error) {
    if (error instanceof GraphQLError) return error.message
    throw error
  }
}

function linksOf({ definitions }: DocumentNode): string[] {
  return definitions.flatMap((node) =>
    node.kind === 'SchemaDefinition' || node.kind === 'SchemaExtension'
      ? (node.directives ?? [])
          .filter(({ name }) => name.value === 'link')
          .flatMap((link) => textArgument(link, 'url') ?? [])
      : [],
  )
}

const has = (field: FieldDefinitionNode, directive: string): boolean =>
  (field.directives ?? []).some(({ name }) => name.value === directive)

function textArgument({ arguments: given = [] }: ConstDirectiveNode, name: string): string | undefined {
  const value = given.find((argument) => argument.name.value === name)?.value
  return value?.kind === Kind.STRING ? value.value : undefined
}

/** What composition would allow and SOTP does not. */
function* faultsOf(
  coordinate: string,
  { directives = [] }: FieldDefinitionNode,
  own: ReadonlySet<string>,
): Generator<string> {
  for (const directive of directives) {
    const name = directive.name.value
    // By its argument, not its name: an import may give @override another one.
    const from = textArgument(directive, 'from')
    if (from !== undefined && own.has(from)) {
      yield `[${coordinate}] A field of SOTP's own subgraph "${from}" cannot be taken over.`
    }
    if (name === 'deprecated' && removalDate(textArgument(directive, 'reason') ?? '') === null) {
      yield `[${coordinate}] A deprecated field says when it goes: end its reason with "Removal: 2027-06-30."`
    }
    const permission = textArgument(directive, 'permission')
    if (name === 'access' && permission !== 'public' && !Object.hasOwn(permissions, permission ?? '')) {
      yield `[${coordinate}] There is no permission "${permission ?? ''}".`
    }
  }
}
