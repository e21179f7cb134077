import type { DataSource } from '#db/source.js'

/** Every statement that goes through a source from now on, as it goes. Empty the list to count anew. */
export function watchStatements(source: DataSource): string[] {
  const statements: string[] = []
  Object.assign(source, {
    logger: new Proxy(source.logger, {
      get: (logger, name) =>
        name === 'logQuery' ? (statement: string) => statements.push(statement) : Reflect.get(logger, name),
    }),
  })
  return statements
}
