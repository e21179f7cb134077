import { QueryFailedError } from 'typeorm'

import { type Scope, siteIdsOf } from '#core/service/scope.js'
import type { DataSource, EntityManager } from '#db/source.js'

/** Values of a statement that is put together in parts: `add` gives each its `$n`. */
export class Parameters {
  readonly values: unknown[] = []
  add(value: unknown): string {
    this.values.push(value)
    return `$${this.values.length}`
  }
}

/** The columns of an entity for a hand-written SELECT, named as its properties. */
export function columnsOf(on: DataSource | EntityManager, entity: new () => object, alias: string): string {
  const source = 'connection' in on ? on.connection : on
  return source
    .getMetadata(entity)
    .columns.map(({ databaseName, propertyName }) => `${alias}.${databaseName} AS "${propertyName}"`)
    .join(', ')
}

/** Instances of an entity class from rows that `columnsOf` named. */
export const hydrate = <Entity extends object>(entity: new () => Entity, rows: readonly object[]): Entity[] =>
  rows.map((row) => Object.assign(new entity(), row))

/** The condition that a site id lies within the scope, if it limits anything; nothing at no site does. */
export function withinSql(scope: Scope, column: string, parameters: Parameters): string[] {
  const siteIds = siteIdsOf(scope)
  return siteIds === null ? [] : [`${column} = ANY(${parameters.add(siteIds)}::uuid[])`]
}

/** A pattern for ILIKE that finds the text anywhere in a column, whatever characters it has. */
export const containing = (text: string): string => `%${text.replace(/[\\%_]/g, '\\$&')}%`

const uuidPattern = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i

/** Whether PostgreSQL will read the text as a uuid; one that it will not read is nobody's id. */
export const isUuid = (text: string): boolean => uuidPattern.test(text)

/** Name of the unique index that refused a statement; undefined for any other error. */
export function uniqueViolation(error: unknown): string | undefined {
  if (!(error instanceof QueryFailedError)) return undefined
  const { code, constraint } = error.driverError as { code?: string; constraint?: string }
  return code === '23505' ? constraint : undefined
}
