import { createRequire } from 'node:module'
import { registerInstrumentations } from '@opentelemetry/instrumentation'
import { GraphQLInstrumentation } from '@opentelemetry/instrumentation-graphql'
import { PgInstrumentation } from '@opentelemetry/instrumentation-pg'

/** Resolvers nested deeper get no span of their own; list items share one. Both bound the spans of one operation. */
const resolverDepthMax = 8

/**
 * Makes graphql-js and pg tell their spans: operation, resolvers, SQL. It must run before anything imports them, because
 * an ES module that imports a CommonJS package sees the exports as they are at that moment; so it loads both itself,
 * through `require`, where the hooks of OpenTelemetry work without a loader. Only for processes that export.
 */
export function instrumentLibraries(): void {
  registerInstrumentations({
    instrumentations: [
      new GraphQLInstrumentation({
        allowValues: false,
        mergeItems: true,
        depth: resolverDepthMax,
        ignoreTrivialResolveSpans: true,
      }),
      // Polling loops and relays ask the database outside of any trace; nobody wants a trace of each.
      new PgInstrumentation({
        requireParentSpan: true,
        enhancedDatabaseReporting: false,
        ignoreConnectSpans: true,
      }),
    ],
  })
  const require = createRequire(import.meta.url)
  for (const name of ['graphql', 'pg']) require(name)
}
