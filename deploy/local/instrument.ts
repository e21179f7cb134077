import { createRequire } from 'node:module'

// First import of `process.ts`: whatever is imported after this finds graphql and pg instrumented. By `require`,
// because an `await` here would let the other imports go ahead, and because a process that exports no traces, as by
// default, need not load any of it.
if (process.env['SOTP_OTLP_URL']) {
  const { instrumentLibraries } = createRequire(import.meta.url)(
    '#core/service/trace-instrument.js',
  ) as typeof import('#core/service/trace-instrument.js')
  instrumentLibraries()
}
