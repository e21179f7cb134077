import { spawnSync } from 'node:child_process'
import { globSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'

import { compose } from '#core/service/compose.js'
import { sdl as alerting } from '#subgraphs/alerting/main.js'
import { sdl as auth } from '#subgraphs/auth/main.js'
import { sdl as inventory } from '#subgraphs/inventory/main.js'
import { sdl as platform } from '#subgraphs/platform/main.js'
import { sdl as telemetry } from '#subgraphs/telemetry/main.js'

/** `npm run graphql`: writes the SDL of each subgraph, the supergraph, the API schema and the typed client. With `--check` it only compares. */

const root = path.resolve(import.meta.dirname, '../../..')
const check = process.argv.includes('--check')

/** Files by path, as the code says they must be. */
function schemaFiles(): Map<string, string> {
  const sdlByName = {
    inventory: inventory(),
    telemetry: telemetry(),
    alerting: alerting(),
    auth: auth(),
    platform: platform(),
  }
  const { supergraph, api } = compose(sdlByName)
  return new Map([
    ...Object.entries(sdlByName).map(
      ([name, sdl]) => [`graphql/${name}.graphql`, `${sdl.trim()}\n`] as const,
    ),
    ['graphql/supergraph.graphql', supergraph],
    ['graphql/schema.graphql', api],
  ])
}

/** Runs codegen, which writes the web app's types and the manifest of its documents; returns what differs from before. */
function runCodegen(): string[] {
  const before = clientFiles()
  const program = path.join(root, 'node_modules/.bin/graphql-codegen')
  const { status, stdout, stderr } = spawnSync(program, ['--config', 'graphql/codegen.ts'], {
    cwd: root,
    encoding: 'utf8',
  })
  if (status !== 0) throw new Error(`codegen failed:\n${stdout}${stderr}`)
  const after = clientFiles()
  const stale = [...after].filter(([file, text]) => before.get(file) !== text).map(([file]) => file)
  if (check) for (const file of stale) writeFileSync(path.join(root, file), before.get(file) ?? '')
  return stale
}

function clientFiles(): Map<string, string> {
  const names = [...globSync('web/src/gql/*', { cwd: root }), 'graphql/documents.json']
  return new Map(names.map((name) => [name, read(name)]))
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

const stale = [...settle(schemaFiles()), ...runCodegen()]
const names = stale.map((file) => `  ${file}`).join('\n')
if (check && stale.length > 0) {
  process.stderr.write(
    `these files are not what the code says; run npm run graphql and commit them:\n${names}\n`,
  )
  process.exit(1)
}
process.stdout.write(stale.length > 0 ? `written:\n${names}\n` : 'the graph is up to date\n')
process.exit(0)
