import { globSync, readdirSync, readFileSync } from 'node:fs'
import { posix as path } from 'node:path'
import { describe, expect, test } from 'vitest'

// The whole dependency law of the house, in one table: a room may import itself and what is listed here.
const law: Record<string, readonly string[]> = {
  'core/contract': [],
  'core/service': ['core/contract'],
  db: ['core/contract', 'core/service'],
  'collectors/*': ['core/contract', 'core/service'],
  // It finds devices by the protocols of the others.
  'collectors/discovery': ['core/contract', 'core/service', 'collectors/*'],
  collectors: ['core/contract', 'core/service', 'collectors/*', 'collectors/discovery'],
  'subgraphs/*': ['core/contract', 'core/service', 'db'],
  gateway: ['core/contract', 'core/service'],
  graphql: [],
  web: ['graphql'],
}
const topLevel = [
  'collectors',
  'core',
  'db',
  'deploy',
  'docs',
  'gateway',
  'graphql',
  'subgraphs',
  'tests',
  'web',
  'LICENSE',
  'NOTICE',
  'README.md',
  'package.json',
  'package-lock.json',
  'tsconfig.json',
]

// `web/src/gql` is generated.
const files = globSync('{core,db,collectors,subgraphs,gateway,graphql,web}/**/*.{ts,tsx}').filter(
  (f) => !f.endsWith('.d.ts') && !f.startsWith('web/src/gql/'),
)
const room = (file: string): string => {
  const [a = '', b = ''] = file.split('/')
  if (a === 'core') return `${a}/${b}`
  return (a === 'collectors' || a === 'subgraphs') && file.split('/').length > 2 ? `${a}/${b}` : a
}
const kind = (r: string) => (law[r] ? r : r.replace(/\/.*/, '/*'))
const imports = (file: string) =>
  [...readFileSync(file, 'utf8').matchAll(/(?:from|import\()\s*'([^']+)'/g)].map((m) => m[1] ?? '')
const target = (file: string, spec: string) =>
  spec.startsWith('#')
    ? spec.slice(1)
    : spec.startsWith('.')
      ? path.join(path.dirname(file), spec)
      : undefined

describe('the house keeps its own rules', () => {
  test('no room imports a room the law does not list', () => {
    const broken = files
      .filter((f) => !f.endsWith('.test.ts'))
      .flatMap((f) =>
        imports(f).flatMap((spec) => {
          const to = target(f, spec)
          if (to === undefined)
            return kind(room(f)) === 'core/contract' && spec !== 'zod' ? [`${f} -> ${spec}`] : []
          const [from, dest] = [room(f), room(to)]
          return from === dest || law[kind(from)]?.includes(kind(dest)) ? [] : [`${f} -> ${to}`]
        }),
      )
    expect(broken).toEqual([])
  })
  test('nothing new stands at the top level', () => {
    expect(
      readdirSync('.').filter(
        (n) =>
          !n.startsWith('.') && !['node_modules', 'dist', 'coverage'].includes(n) && !topLevel.includes(n),
      ),
    ).toEqual([])
  })
  test('only core/service/config.ts reads the environment', () => {
    expect(
      files.filter((f) => f !== 'core/service/config.ts' && readFileSync(f, 'utf8').includes('process.env')),
    ).toEqual([])
  })
  test('one file alone talks to Vault, and every box of a room knows the old keys, too', () => {
    const sources = files.map((f) => [f, readFileSync(f, 'utf8')] as const)
    expect(sources.filter(([, text]) => text.includes("'node-vault'")).map(([f]) => f)).toEqual([
      'core/service/vault-api.ts',
    ])
    const boxes = sources.filter(([f, text]) => !f.endsWith('.test.ts') && /openSecretBox\(\w+\./.test(text))
    expect(boxes.length).toBeGreaterThan(4)
    expect(boxes.filter(([, text]) => /openSecretBox\([^,)]*\)/.test(text)).map(([f]) => f)).toEqual([])
  })
  test('no file is longer than a reader can hold', () => {
    expect(files.filter((f) => readFileSync(f, 'utf8').split('\n').length > 300)).toEqual([])
  })
  test('every collector is a folder with a probe, a test and fixtures, and is registered once', () => {
    const folders = readdirSync('collectors', { withFileTypes: true })
      .filter((e) => e.isDirectory())
      .map((e) => e.name)
      .sort()
    const registry = readFileSync('collectors/index.ts', 'utf8')
    for (const f of folders) expect(registry, f).toContain(`./${f}/index.js`)
  })
})
