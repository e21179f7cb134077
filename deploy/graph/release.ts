import {
  buildSchema,
  type DocumentNode,
  getOperationAST,
  parse,
  TypeInfo,
  validate,
  visit,
  visitWithTypeInfo,
} from 'graphql'

import { type SchemaChange, schemaChanges } from '#core/service/schema-check.js'

import { deprecations } from './contract.js'

/** What clients rely on: the API schema, and the documents of the web app by hash. */
export interface Release {
  api: string
  documents: Readonly<Record<string, string>>
}

/** A difference from the last release, and the known operations that ask for what it is about. */
export interface JudgedChange extends SchemaChange {
  /** Names of operations, in alphabetical order. */
  operations: string[]
}

interface KnownOperation {
  name: string
  /** Output fields as `Device.name`. */
  fields: ReadonlySet<string>
  /** Whether it fits the schema that is. */
  fits: boolean
}

const nameOf = (document: DocumentNode, hash: string): string =>
  getOperationAST(document)?.name?.value ?? hash.slice(0, 20)

/** The operations of some manifests that fit the released schema. */
function knownOperations(released: string, now: string, documents: Release['documents'][]): KnownOperation[] {
  const before = buildSchema(released)
  const after = buildSchema(now)
  const texts = new Map(documents.flatMap((one) => Object.entries(one)))
  return [...texts].flatMap(([hash, text]) => {
    const document = parse(text)
    if (validate(before, document).length > 0) return []
    const fields = new Set<string>()
    const info = new TypeInfo(before)
    visit(
      document,
      visitWithTypeInfo(info, {
        Field() {
          const [parent, field] = [info.getParentType(), info.getFieldDef()]
          if (parent && field) fields.add(`${parent.name}.${field.name}`)
        },
      }),
    )
    return [{ name: nameOf(document, hash), fields, fits: validate(after, document).length === 0 }]
  })
}

/**
 * What differs from the last release, breaking changes first, each with the operations that use what it is about: those
 * of the web app as it is and as it was released. What was deprecated may go without breaking anything once its removal
 * date has passed.
 * @param today as `2026-11-23`
 */
export async function changesSince(released: Release, now: Release, today: string): Promise<JudgedChange[]> {
  const due = new Set(
    deprecations(released.api).flatMap(({ coordinate, removal }) =>
      removal !== null && removal < today ? [coordinate] : [],
    ),
  )
  const operations = knownOperations(released.api, now.api, [released.documents, now.documents])
  const changes = await schemaChanges(released.api, now.api, today)
  return changes.map((change) => {
    const level = due.has(change.coordinate) ? 'SAFE' : change.level
    // Arguments and values stand in the text: an operation that still fits does not mind.
    const isField = change.fields.length === 1 && change.fields[0] === change.coordinate
    const using = operations.filter(
      ({ fields, fits }) => change.fields.some((field) => fields.has(field)) && (isField || !fits),
    )
    return { ...change, level, operations: [...new Set(using.map(({ name }) => name))].sort() }
  })
}

/** The breaking ones as a message that says what to do; undefined when there are none. */
export function breakingMessage(changes: readonly JudgedChange[]): string | undefined {
  const breaking = changes.filter(({ level }) => level === 'BREAKING')
  if (breaking.length === 0) return undefined
  return [
    'the graph breaks what the last release (graphql/released/) promised:',
    ...breaking.map(({ coordinate, message, operations }) => {
      const users =
        operations.length > 0 ? `used by ${operations.join(', ')}` : 'used by none of our operations'
      return `  ${coordinate || 'schema'}: ${message} (${users})`
    }),
    'keep it and deprecate it with "Removal: YYYY-MM-DD", or release the break: npm run graphql -- --release --breaking',
  ].join('\n')
}

const titles = { BREAKING: 'Breaking', DANGEROUS: 'To be aware of', SAFE: 'New or harmless' } as const

/** The section of the changelog about one release; `changes` undefined: there was none before. */
export function changelogSection(
  changes: readonly JudgedChange[] | undefined,
  version: string,
  today: string,
): string {
  if (!changes) return `## ${version}, ${today}\n\nThe first release.`
  const parts = (['BREAKING', 'DANGEROUS', 'SAFE'] as const).flatMap((level) => {
    const lines = changes
      .filter((change) => change.level === level)
      .map(({ coordinate, message }) => `- ${coordinate ? `\`${coordinate}\`: ` : ''}${message}`)
    return lines.length > 0 ? [`### ${titles[level]}\n\n${lines.join('\n')}`] : []
  })
  return [`## ${version}, ${today}`, ...(parts.length > 0 ? parts : ['No change.'])].join('\n\n')
}

const head = `# Changes of the graph

What each release changed for clients, the newest first. Written by \`npm run graphql -- --release\`; not by hand.
What is deprecated states the day after which it may go (\`Removal: YYYY-MM-DD\`), and stays until then.
`

/** The changelog with a section on top; one of the same version is replaced. */
export function addSection(changelog: string, section: string): string {
  const version = /^## ([^,\n]+),/.exec(section)?.[1]
  const older = changelog
    .split(/^(?=## )/m)
    .slice(1)
    .filter((one) => !one.startsWith(`## ${version},`))
    .map((one) => one.trim())
  return `${[head.trim(), section, ...older].join('\n\n')}\n`
}
