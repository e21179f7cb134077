import { CriticalityLevel, diff } from '@graphql-inspector/core'
import { buildSchema, GraphQLError, isInterfaceType, isObjectType, parse, validate } from 'graphql'

/** BREAKING: what worked may stop working. DANGEROUS: a client that reads strictly may be surprised. */
export type ChangeLevel = 'BREAKING' | 'DANGEROUS' | 'SAFE'

/** One difference between two API schemas. */
export interface SchemaChange {
  level: ChangeLevel
  /** What differs, in words. */
  message: string
  /** Schema coordinate of what changed, as `Device.name`, `Query.device(id:)` or `Device`; empty for the schema itself. */
  coordinate: string
  /** The output fields whose use tells whether anybody is hit, as `Device.name`; null where use cannot be counted. */
  fields: string[] | null
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
 * What differs between two API schemas, breaking changes first. `today` (`2026-11-23`): a deprecated field whose
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
      const type = before.getType(typeName)
      const measured = isObjectType(type) || isInterfaceType(type)
      const everyField = measured ? Object.keys(type.getFields()).map((name) => `${typeName}.${name}`) : []
      const level = due.has(path) ? 'SAFE' : levels[criticality.level]
      const coordinate = argument?.match(/^\w/) ? `${typeName}.${member}(${argument}:)` : path
      const fields = member === undefined ? everyField : [`${typeName}.${member}`]
      return { level, message, coordinate, fields: measured ? fields : null }
    })
    .sort((a, b) => order.indexOf(a.level) - order.indexOf(b.level))
}
const order: readonly ChangeLevel[] = ['BREAKING', 'DANGEROUS', 'SAFE']
const levels: Record<CriticalityLevel, ChangeLevel> = {
  [CriticalityLevel.Breaking]: 'BREAKING',
  [CriticalityLevel.Dangerous]: 'DANGEROUS',
  [CriticalityLevel.NonBreaking]: 'SAFE',
}

/** Every output field of an API schema, by coordinate. */
export function schemaFields(apiSdl: string): SchemaField[] {
  return Object.values(buildSchema(apiSdl).getTypeMap())
    .filter((type) => (isObjectType(type) || isInterfaceType(type)) && !type.name.startsWith('__'))
    .flatMap((type) =>
      isObjectType(type) || isInterfaceType(type)
        ? Object.values(type.getFields()).map((field) => ({
            coordinate: `${type.name}.${field.name}`,
            type: String(field.type),
            deprecation: field.deprecationReason ?? null,
            removal: removalDate(field.deprecationReason ?? ''),
          }))
        : [],
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
