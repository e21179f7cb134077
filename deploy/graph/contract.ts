import {
  buildSchema,
  type GraphQLNamedType,
  getNamedType,
  getNullableType,
  isCompositeType,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isListType,
  isObjectType,
  isSpecifiedDirective,
  isSpecifiedScalarType,
  Kind,
  parse,
} from 'graphql'

import { removalDate } from '#core/service/schema-check.js'

/** One thing of the API schema that clients see. */
interface Member {
  /** As `Device`, `Device.name`, `Query.device(id:)`, `DeviceKind.ROUTER` or `@oneOf`. */
  coordinate: string
  description: string | undefined
  /** Why not to use it any more; undefined: it is not deprecated. */
  deprecation: string | undefined
}

type Stated = { description?: string | null | undefined; deprecationReason?: string | null | undefined }

const member = (coordinate: string, { description, deprecationReason }: Stated): Member => ({
  coordinate,
  description: description?.trim() || undefined,
  deprecation: deprecationReason ?? undefined,
})

function membersOf(type: GraphQLNamedType): Member[] {
  const { name } = type
  const own = member(name, type)
  if (isEnumType(type))
    return [own, ...type.getValues().map((value) => member(`${name}.${value.name}`, value))]
  if (isInputObjectType(type)) {
    return [own, ...Object.values(type.getFields()).map((field) => member(`${name}.${field.name}`, field))]
  }
  if (!isObjectType(type) && !isInterfaceType(type)) return [own]
  return [
    own,
    ...Object.values(type.getFields()).flatMap((field) => [
      member(`${name}.${field.name}`, field),
      ...field.args.map((argument) => member(`${name}.${field.name}(${argument.name}:)`, argument)),
    ]),
  ]
}

/** Everything of an API schema that may have a description, or be deprecated. */
function members(apiSdl: string): Member[] {
  const schema = buildSchema(apiSdl)
  const types = Object.values(schema.getTypeMap()).filter(
    (type) => !type.name.startsWith('__') && !isSpecifiedScalarType(type),
  )
  const directives = schema
    .getDirectives()
    .filter((directive) => !isSpecifiedDirective(directive))
    .flatMap((directive) => [
      member(`@${directive.name}`, directive),
      ...directive.args.map((argument) => member(`@${directive.name}(${argument.name}:)`, argument)),
    ])
  return [...types.flatMap(membersOf), ...directives]
}

const isDate = (text: string): boolean =>
  !Number.isNaN(Date.parse(text)) && new Date(text).toISOString().startsWith(text)

/** What is deprecated, and the day after which it may go; null where it states none that is a date. */
export const deprecations = (apiSdl: string): { coordinate: string; removal: string | null }[] =>
  members(apiSdl).flatMap(({ coordinate, deprecation }) => {
    if (deprecation === undefined) return []
    const removal = removalDate(deprecation)
    return [{ coordinate, removal: removal !== null && isDate(removal) ? removal : null }]
  })

/**
 * Lists of objects whose length nobody states. The lists that `sizedFields` of a field above name have their length from
 * there; it is enough that each field that returns their owner says so.
 */
function unsizedLists(supergraphSdl: string, apiSdl: string): string[] {
  const api = buildSchema(apiSdl)
  const supergraph = buildSchema(supergraphSdl, { assumeValidSDL: true })
  const fields = Object.values(supergraph.getTypeMap())
    .filter((type) => isObjectType(type) || isInterfaceType(type))
    // How deep an introspection may go is a rule of validation.
    .filter(({ name }) => !name.startsWith('__'))
    .flatMap((type) =>
      Object.values(type.getFields()).map((field) => {
        const size = field.astNode?.directives?.find(({ name }) => name.value === 'listSize')
        const named = size?.arguments?.find(({ name }) => name.value === 'sizedFields')?.value
        const sized =
          named?.kind === 'ListValue'
            ? named.values.flatMap((one) => ('value' in one ? [one.value] : []))
            : []
        return { owner: type.name, field, isSized: size !== undefined, sized }
      }),
    )
  return fields
    .filter(({ owner, field, isSized }) => {
      const shown = api.getType(owner)
      if (!shown || !('getFields' in shown) || !shown.getFields()[field.name]) return false
      if (!isListType(getNullableType(field.type)) || !isCompositeType(getNamedType(field.type))) return false
      if (isSized) return false
      const above = fields.filter((one) => getNamedType(one.field.type).name === owner)
      return above.length === 0 || above.some(({ sized }) => !sized.includes(field.name))
    })
    .map(({ owner, field }) => `${owner}.${field.name}`)
}

/** Fields of a subgraph's own objects that do not say who may read them; nobody may by default. */
function unstatedAccess(name: string, sdl: string): string[] {
  return parse(sdl, { noLocation: true }).definitions.flatMap((type) => {
    if (type.kind !== Kind.OBJECT_TYPE_DEFINITION && type.kind !== Kind.OBJECT_TYPE_EXTENSION) return []
    return (type.fields ?? [])
      .filter(({ directives }) => !directives?.some((one) => one.name.value === 'access'))
      .map((field) => `${type.name.value}.${field.name.value} of ${name}`)
  })
}

export interface Graph {
  api: string
  supergraph: string
  /** SDL of each subgraph by name. */
  subgraphs: Readonly<Record<string, string>>
}

/**
 * What the graph owes its clients and does not keep: a description of everything, a removal date with every deprecation,
 * a length of every list of objects, which its cost is reckoned by, and who may read each field. Each fault names its
 * coordinate.
 */
export function contractFaults({ api, supergraph, subgraphs }: Graph): string[] {
  return [
    ...members(api)
      .filter(({ description }) => description === undefined)
      .map(({ coordinate }) => `${coordinate} has no description`),
    ...deprecations(api)
      .filter(({ removal }) => removal === null)
      .map(({ coordinate }) => `${coordinate} is deprecated without "Removal: YYYY-MM-DD" in its reason`),
    ...unsizedLists(supergraph, api).map(
      (coordinate) =>
        `${coordinate} is a list of unknown length: state @listSize on it, or in sizedFields of every field that returns its owner`,
    ),
    ...Object.entries(subgraphs)
      .flatMap(([name, sdl]) => unstatedAccess(name, sdl))
      .map(
        (coordinate) => `${coordinate} states no access: put @Requires(…) or @Public() on it or on its type`,
      ),
  ]
}
