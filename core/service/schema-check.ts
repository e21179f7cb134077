import { CriticalityLevel, diff } from '@graphql-inspector/core'
import {
  buildSchema,
  GraphQLError,
  type GraphQLField,
  type GraphQLInputType,
  type GraphQLInterfaceType,
  type GraphQLObjectType,
  type GraphQLSchema,
  getNamedType,
  isInputObjectType,
  isInterfaceType,
  isObjectType,
  parse,
  validate,
} from 'graphql'

/** BREAKING: what worked may stop working. DANGEROUS: a client that reads strictly may be surprised. */
export type ChangeLevel = 'BREAKING' | 'DANGEROUS' | 'SAFE'

/** One difference between two API schemas. */
export interface SchemaChange {
  level: ChangeLevel
  /** What differs, in words. */
  message: string
  /** Schema coordinate of what changed, as `Device.name`, `Query.device(id:)` or `Device`; empty for the schema itself. */
  coordinate: string
  /** The output fields whose use tells whether anybody may be hit, as `Device.name`. */
  fields: string[]
}

/** An output field that clients can ask for. */
export interface SchemaField {
  coordinate: string
  type: string
  /** Why not to use it any more; null: it is not deprecated. */
  deprecation: string | null
  /** Day after which a deprecated field may go, as `2027-06-30`. */
  removal: string | null
}

/** A document that no longer fits, and why. */
export interface BrokenDocument {
  hash: string
  message: string
}

/** The removal date that a deprecation reason states: `Use name. Removal: 2027-06-30.` */
export const removalDate = (reason: string): string | null =>
  /\bRemoval: (\d{4}-\d{2}-\d{2})\b/.exec(reason)?.[1] ?? null

/** Words about words, and the traces that other changes leave in applied directives. */
const told = (type: string): boolean => !type.includes('DESCRIPTION') && !type.startsWith('DIRECTIVE_USAGE_')

/**
 * What differs between two API schemas, breaking changes first, then by coordinate. `today` (`2026-11-23`): a deprecated field whose
 * removal date has passed may go without being a breaking change.
 */
export async function schemaChanges(
  beforeSdl: string,
  afterSdl: string,
  today: string,
): Promise<SchemaChange[]> {
  const before = buildSchema(beforeSdl)
  const due = new Set(
    schemaFields(beforeSdl).flatMap(({ coordinate, removal }) =>
      removal !== null && removal < today ? [coordinate] : [],
    ),
  )
  const changes = (await diff(before, buildSchema(afterSdl))).filter(({ type }) => told(type))
  return changes
    .map(({ criticality, message, path = '' }): SchemaChange => {
      const [typeName = '', member, argument] = path.split('.')
      const level = due.has(path) ? 'SAFE' : levels[criticality.level]
      const coordinate = argument?.match(/^\w/) ? `${typeName}.${member}(${argument}:)` : path
      return { level, message, coordinate, fields: fieldsAt(before, typeName, member) }
    })
    .sort((a, b) => order.indexOf(a.level) - order.indexOf(b.level) || (a.coordinate < b.coordinate ? -1 : 1))
}

/** The output fields that one must ask for to meet a type, or a member of it. */
function fieldsAt(schema: GraphQLSchema, typeName: string, member: string | undefined): string[] {
  const type = schema.getType(typeName)
  if (isObjectType(type) || isInterfaceType(type)) {
    const names = member === undefined ? Object.keys(type.getFields()) : [member]
    return names.map((name) => `${typeName}.${name}`)
  }
  const meets = (field: GraphQLField<unknown, unknown>) =>
    getNamedType(field.type).name === typeName ||
    field.args.some((argument) => takes(argument.type, typeName, new Set()))
  return outputTypes(schema).flatMap((one) =>
    Object.values(one.getFields()).flatMap((field) => (meets(field) ? [`${one.name}.${field.name}`] : [])),
  )
}

/** Whether an input type is, or holds, the named one. */
function takes(input: GraphQLInputType, typeName: string, seen: Set<string>): boolean {
  const type = getNamedType(input)
  if (type.name === typeName) return true
  if (!isInputObjectType(type) || seen.has(type.name)) return false
  seen.add(type.name)
  return Object.values(type.getFields()).some((field) => takes(field.type, typeName, seen))
}

const outputTypes = (schema: GraphQLSchema): (GraphQLObjectType | GraphQLInterfaceType)[] =>
  Object.values(schema.getTypeMap()).filter(
    (type) => (isObjectType(type) || isInterfaceType(type)) && !type.name.startsWith('__'),
  ) as (GraphQLObjectType | GraphQLInterfaceType)[]

const order: readonly ChangeLevel[] = ['BREAKING', 'DANGEROUS', 'SAFE']
const levels: Record<CriticalityLevel, ChangeLevel> = {
  [CriticalityLevel.Breaking]: 'BREAKING',
  [CriticalityLevel.Dangerous]: 'DANGEROUS',
  [CriticalityLevel.NonBreaking]: 'SAFE',
}

/** Every output field of an API schema, by coordinate. */
export function schemaFields(apiSdl: string): SchemaField[] {
  return outputTypes(buildSchema(apiSdl))
    .flatMap((type) =>
      Object.values(type.getFields()).map((field) => ({
        coordinate: `${type.name}.${field.name}`,
        type: String(field.type),
        deprecation: field.deprecationReason ?? null,
        removal: removalDate(field.deprecationReason ?? ''),
      })),
    )
    .sort((a, b) => (a.coordinate < b.coordinate ? -1 : 1))
}

/** The documents that fit `beforeSdl` and do not fit `afterSdl`. */
export function brokenDocuments(
  beforeSdl: string,
  afterSdl: string,
  documents: readonly { hash: string; text: string }[],
): BrokenDocument[] {
  const before = buildSchema(beforeSdl)
  const after = buildSchema(afterSdl)
  return documents.flatMap(({ hash, text }) => {
    const document = parsed(text)
    if (!document || validate(before, document).length > 0) return []
    const [fault] = validate(after, document)
    return fault ? [{ hash, message: fault.message }] : []
  })
}

/** Why a document does not fit an API schema; empty when it does. */
export function documentFaults(apiSdl: string, text: string): string[] {
  try {
    return validate(buildSchema(apiSdl), parse(text)).map(({ message }) => message)
  } catch (error) {
    if (error instanceof GraphQLError) return [error.message]
    throw error
  }
}

function parsed(text: string) {
  try {
    return parse(text)
  } catch {
    return undefined
  }
}
