import { instrumentLibraries } from '#core/service/trace-instrument.js'

// Import this first where a test looks at spans of graphql-js and pg: both must not have been loaded before.
instrumentLibraries()
