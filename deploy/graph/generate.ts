import { readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { generate as runCodegen } from '@graphql-codegen/cli'

import { sdl as alerting } from '#subgraphs/alerting/main.js'
import { sdl as auth } from '#subgraphs/auth/main.js'
import { sdl as inventory } from '#subgraphs/inventory/main.js'
import { sdl as telemetry } from '#subgraphs/telemetry/main.js'

import { compose } from './compose.js'

/** `npm run graphql`: writes the SDL of each subgraph, the supergraph, the API schema and the typed client. With `--check` it only compares. */

const root = path.resolve(import.meta.dirname, '../../..')
const check = process.argv.includes('--check')

/** Files by path, as the code says they must be. */
function schemaFiles(): Map<string, string> {
  const sdlByName = { inventory: inventory(), telemetry: telemetry(), alerting: alerting(), auth: auth() }
  const { supergraph, api } = compose(sdlByName)
  return new Map([
    ...Object.entries(sdlByName).map(
      ([name, sdl]) => [`graphql/${name}.graphql`, `${sdl.trim()}\n`] as const,
    ),
    ['graphql/supergraph.graphql', supergraph],
    ['graphql/schema.graphql', api],
  ])
}

async function clientFiles(): Promise<Map<string, string>> {
  const { default: config } = (await import('#graphql/codegen.js')) as {
    default: Parameters<typeof runCodegen>[0]
  }
  const written = (await runCodegen(
    { ...config, cwd: root, silent: true, errorsOnly: true } as never,
    false,
  )) as { filename: string; content: string }[]
  return new Map(
    written.map(({ filename, content }) => [path.relative(root, path.resolve(root, filename)), content]),
  )
}

function read(file: string): string {
  try {
    return readFileSync(path.join(root, file), 'utf8')
  } catch {
    return ''
  }
}

/** Writes what differs, or in a check names it. */
function settle(files: ReadonlyMap<string, string>): string[] {
  const stale = [...files].filter(([file, text]) => read(file) !== text)
  if (!check) for (const [file, text] of stale) writeFileSync(path.join(root, file), text)
  return stale.map(([file]) => file)
}

const stale = [...settle(schemaFiles()), ...settle(await clientFiles())]
const names = stale.map((file) => `  ${file}`).join('\n')
if (check && stale.length > 0) {
  process.stderr.write(
    `these files are not what the code says; run npm run graphql and commit them:\n${names}\n`,
  )
  process.exit(1)
}
process.stdout.write(stale.length > 0 ? `written:\n${names}\n` : 'the graph is up to date\n')
process.exit(0)
