import { spawn } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'

import { type Product, startProduct } from '#tests/kit/product.js'

/**
 * Runs docs/integrating.md as an integrator would, top to bottom in one shell: `sh run` blocks as they stand, files
 * where they say `file=`, and programs and streams that never end until enough has come.
 */

const root = path.resolve(import.meta.dirname, '../..')
const text = readFileSync(path.join(root, 'docs/integrating.md'), 'utf8')

interface Block {
  info: string
  code: string
}
const blocks: Block[] = [...text.matchAll(/^```(\w+[^\n]*)\n(.*?)^```$/gms)].map(
  ([, info = '', code = '']) => ({
    info,
    code,
  }),
)
const infoOf = ({ info }: Block, key: string) => new RegExp(`\\b${key}=(\\S+)`).exec(info)?.[1]

let product: Product
let folder: string
let environment: Record<string, string>

beforeAll(async () => {
  product = await startProduct()
  // Inside the project, so that imports of installed packages are found as in a project of one's own.
  mkdirSync(path.join(root, 'dist'), { recursive: true })
  folder = mkdtempSync(path.join(root, 'dist/integrating-'))
  symlinkSync(path.join(root, 'node_modules'), path.join(folder, 'node_modules'))
  cpSync(path.join(root, 'graphql/schema.graphql'), path.join(folder, 'schema.graphql'))
  writeFileSync(path.join(folder, 'package.json'), '{ "type": "module" }')
  for (const block of blocks) {
    const file = infoOf(block, 'file')
    if (file) writeFileSync(path.join(folder, file), block.code)
  }
  environment = { PATH: `${path.dirname(process.execPath)}:${process.env['PATH']}`, HOME: folder }
})
afterAll(async () => {
  await product?.[Symbol.asyncDispose]()
  if (folder) rmSync(folder, { recursive: true, force: true })
})

/** Runs a command until it ends or `enough` has been said. */
async function run(
  command: string,
  args: readonly string[],
  enough: (said: string) => boolean = () => false,
): Promise<string> {
  const child = spawn(command, args, { cwd: folder, env: environment, detached: true })
  let said = ''
  let complaints = ''
  child.stderr.on('data', (chunk: Buffer) => {
    complaints += chunk.toString()
  })
  child.stdout.on('data', (chunk: Buffer) => {
    said += chunk.toString()
    if (enough(said) && child.pid !== undefined) process.kill(-child.pid, 'SIGTERM')
  })
  const late = setTimeout(() => child.pid !== undefined && process.kill(-child.pid, 'SIGKILL'), 30_000)
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve))
  clearTimeout(late)
  if (code !== 0 && !enough(said)) throw new Error(`${command} ended with ${code}:\n${said}\n${complaints}`)
  return said
}

/** One shell block; what it exports is there for the next. */
async function shell(code: string): Promise<string> {
  const own = code
    .replace('http://127.0.0.1:4000', product.url)
    .replace('the printed password', product.admin.password)
  const said = await run('sh', ['-ec', `${own}\nprintf '\\n--env--\\n'; env -0 | tr '\\n\\0' ' \\n'`])
  const [output = '', kept = ''] = said.split('\n--env--\n')
  environment = Object.fromEntries(
    kept
      .split('\n')
      .filter(Boolean)
      .map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
  )
  return output
}

test('every example of docs/integrating.md does what the page says', async () => {
  const answers: string[] = []
  for (const block of blocks) {
    const how = infoOf(block, 'run')
    const [language] = block.info.split(' ')
    if (how === 'stream') {
      const said = await run(
        'sh',
        ['-ec', `exec ${block.code.trim()}`],
        (sofar) => sofar.split('event: next').length > 3,
      )
      expect(said).toMatch(/^id: ?\d+-\d+$/m)
      expect(said).toContain('"type":"SNAPSHOT"')
    } else if (how === 'codegen') {
      await run('npx', ['--no-install', ...block.code.trim().split(' ').slice(1)])
      expect(readFileSync(path.join(folder, 'gql/graphql.ts'), 'utf8')).toContain('DevicesQueryVariables')
    } else if (language === 'js' && how) {
      const lines = (said: string) => said.trim().split('\n').length
      const said = await run(process.execPath, [infoOf(block, 'file') ?? ''], (s) => lines(s) >= Number(how))
      expect(said).toContain('SNAPSHOT')
    } else if (/\brun\b/.test(block.info)) answers.push(await shell(block.code))
  }
  const parsed = answers.filter((answer) => answer.trim().startsWith('{')).map((answer) => JSON.parse(answer))
  for (const answer of parsed) expect(answer.errors).toBeUndefined()
  const [devices, summary, sink] = parsed
  expect(devices.data.devices.nodes).toHaveLength(2)
  expect(summary.data.networkSummary.devices).toBeGreaterThan(2)
  expect(sink.data.createSink.secret).toMatch(/^whsec_/)
  expect(environment['API_TOKEN']).toMatch(/^sotp_pat_/)
}, 120_000)
