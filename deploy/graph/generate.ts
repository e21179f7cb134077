import { spawnSync } from 'node:child_process'
import { globSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'

import { compose } from '#core/service/compose.js'
import { sdl as alerting } from '#subgraphs/alerting/main.js'
import { sdl as auth } from '#subgraphs/auth/main.js'
import { sdl as inventory } from '#subgraphs/inventory/main.js'
import { sdl as platform } from '#subgraphs/platform/main.js'
import { sdl as telemetry } from '#subgraphs/telemetry/main.js'

import { contractFaults } from './contract.js'
import { addSection, breakingMessage, changelogSection, changesSince } from './release.js'

/**
 * `npm run graphql`: writes the SDL of each subgraph, the supergraph, the API schema and the typed client, and fails when
 * the graph breaks the last release or its own rules. `--check` only compares. `--release` makes what is now the release
 * that later changes are held against, and tells its changes in docs/schema-changelog.md; with `--breaking` also when
 * it breaks the one before.
 */

const root = path.resolve(import.meta.dirname, '../../..')
const check = process.argv.includes('--check')
const release = process.argv.includes('--release')
const acceptBreaking = process.argv.includes('--breaking')
const releasedApi = 'graphql/released/schema.graphql'
const releasedDocuments = 'graphql/released/documents.json'
const changelog = 'docs/schema-changelog.md'

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

const documentsOf = (file: string): Record<string, string> => JSON.parse(read(file) || '{}')

/** @throws Error with everything that the graph promised and does not keep. */
async function hold(files: ReadonlyMap<string, string>): Promise<void> {
  const api = files.get('graphql/schema.graphql') ?? ''
  const faults = contractFaults({
    api,
    supergraph: files.get('graphql/supergraph.graphql') ?? '',
    subgraphs: Object.fromEntries(
      [...files].filter(([file]) => !['graphql/supergraph.graphql', 'graphql/schema.graphql'].includes(file)),
    ),
  })
  if (faults.length > 0)
    throw new Error(['the graph breaks its rules:', ...faults.map((one) => `  ${one}`)].join('\n'))
  const now = { api, documents: documentsOf('graphql/documents.json') }
  const today = new Date().toISOString().slice(0, 10)
  const before = { api: read(releasedApi), documents: documentsOf(releasedDocuments) }
  const changes = before.api ? await changesSince(before, now, today) : []
  const breaking = breakingMessage(changes)
  if (breaking && !(release && acceptBreaking)) throw new Error(breaking)
  if (!release) return
  const { version } = JSON.parse(read('package.json')) as { version: string }
  mkdirSync(path.join(root, 'graphql/released'), { recursive: true })
  writeFileSync(path.join(root, releasedApi), api)
  writeFileSync(path.join(root, releasedDocuments), read('graphql/documents.json'))
  const section = changelogSection(before.api ? changes : undefined, version, today)
  writeFileSync(path.join(root, changelog), addSection(read(changelog), section))
  process.stdout.write(`released:\n  ${[releasedApi, releasedDocuments, changelog].join('\n  ')}\n`)
}

function fail(message: string): never {
  process.stderr.write(`${message}\n`)
  process.exit(1)
}

const files = schemaFiles()
const stale = [...settle(files), ...runCodegen()]
const names = stale.map((file) => `  ${file}`).join('\n')
await hold(files).catch((error: Error) => fail(error.message))
if (check && stale.length > 0) {
  fail(`these files are not what the code says; run npm run graphql and commit them:\n${names}`)
}
process.stdout.write(stale.length > 0 ? `written:\n${names}\n` : 'the graph is up to date\n')
process.exit(0)
