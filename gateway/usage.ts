import { createHash, randomUUID } from 'node:crypto'
import {
  type DocumentNode,
  type FormattedExecutionResult,
  type GraphQLNamedType,
  type GraphQLSchema,
  getNamedType,
  isInterfaceType,
  isObjectType,
  Kind,
  type OperationDefinitionNode,
  print,
  type SelectionSetNode,
  visit,
} from 'graphql'

import { queues } from '#core/contract/queues.js'
import { type FieldUse, type UsageReport, usageRowsMax } from '#core/contract/usage.js'
import type { Log } from '#core/service/log.js'
import { count } from '#core/service/metrics.js'
import { openQueue, type Queue } from '#core/service/queue.js'

import type { OperationRequest } from './execute/run-plan.js'
import type { Generation } from './generation.js'
import type { ClientContext } from './links/link.js'

/** One execution of an operation; of a subscription: one stream that began. */
export interface Use {
  schema: GraphQLSchema
  /** Text of the document, and its SHA-256 in hex. */
  query: string
  hash: string
  document: DocumentNode
  operation: OperationDefinitionNode
  clientName: string
  clientVersion: string
  errors: FormattedExecutionResult['errors']
}

/** What an operation of a client is noted as. */
export const noteOf = (
  { generation, prepared, operation, query }: OperationRequest & { generation: Generation },
  { clientName = '', clientVersion = '' }: ClientContext,
  errors: Use['errors'],
): Use => ({
  schema: generation.graph.schema,
  query,
  hash: prepared.hash,
  document: prepared.document,
  operation,
  clientName,
  clientVersion,
  errors,
})

/** Counts which fields each client asks for, and reports it every half minute to the platform subgraph. */
export interface Usage extends AsyncDisposable {
  record(use: Use): void
}

const reportEveryMs = 30_000
/** Operations counted between two reports; what comes beyond is only counted as lost. */
const operationsMax = 2000
/** Texts already told, so that a report carries each only once. */
const toldMax = 10_000
const documentsPerReport = 500
const textMax = 100_000

interface Counted {
  base: Pick<FieldUse, 'clientName' | 'clientVersion' | 'operationName' | 'operationHash' | 'operationType'>
  shape: Shape
  count: number
  errors: Map<string, number>
}

/** What an operation reads, worked out once. */
interface Shape {
  hash: string
  text: string
  coordinates: readonly string[]
  /** Coordinate of each field by its response path, list places left out: `devices.nodes.name`. */
  byPath: ReadonlyMap<string, string>
}

export function openUsage({ redisUrl, log }: { redisUrl: string; log: Log }): Usage {
  const queue = openQueue(queues.usage, { redisUrl, log })
  const shapes = new WeakMap<OperationDefinitionNode, Shape>()
  const told = new Set<string>()
  let counted = new Map<string, Counted>()
  let from = new Date()

  function record(use: Use): void {
    const { operation, clientName, clientVersion, errors } = use
    let shape = shapes.get(operation)
    if (!shape) {
      shape = shapeOf(use)
      shapes.set(operation, shape)
    }
    const key = `${shape.hash} ${clientName} ${clientVersion}`
    let entry = counted.get(key)
    if (!entry) {
      if (counted.size >= operationsMax) return void count('sotp_gateway_usage_lost_total')
      const operationName = operation.name?.value.slice(0, 100) ?? null
      const operationType = operation.operation.toUpperCase() as FieldUse['operationType']
      const base = { clientName, clientVersion, operationName, operationHash: shape.hash, operationType }
      entry = { base, shape, count: 0, errors: new Map() }
      counted.set(key, entry)
    }
    entry.count += 1
    for (const { path } of errors ?? []) {
      const place = (path ?? []).filter((step) => typeof step === 'string').join('.')
      const coordinate = shape.byPath.get(place)
      if (coordinate) entry.errors.set(coordinate, (entry.errors.get(coordinate) ?? 0) + 1)
    }
  }

  async function report(): Promise<void> {
    const [entries, to] = [[...counted.values()], new Date()]
    if (entries.length === 0) return
    counted = new Map()
    for (const part of reports(entries, told, from, to)) await queue.add(part, { jobId: part.id })
    from = to
  }

  let work = Promise.resolve()
  const again = () => {
    // A report that Redis does not take waits there, not here: the queue's connection is patient.
    work = work.then(report).catch((error: unknown) => log.warn({ err: error }, 'usage was not reported'))
  }
  const timer = setInterval(again, reportEveryMs).unref()

  return {
    record,
    async [Symbol.asyncDispose]() {
      clearInterval(timer)
      again()
      await Promise.race([work, new Promise((resolve) => setTimeout(resolve, lastReportMs).unref())])
      await closed(queue)
    },
  }
}
const lastReportMs = 1000

const closed = (queue: Queue<UsageReport>): Promise<unknown> =>
  Promise.race([queue[Symbol.asyncDispose](), new Promise((resolve) => setTimeout(resolve, 1000).unref())])

/** Cuts what was counted into reports of a bounded size; each text goes along once in the life of this process. */
function* reports(
  entries: readonly Counted[],
  told: Set<string>,
  from: Date,
  to: Date,
): Generator<UsageReport> {
  const rows = entries.flatMap(({ base, shape, count, errors }) =>
    shape.coordinates.map((coordinate) => ({
      ...base,
      coordinate,
      count,
      errors: errors.get(coordinate) ?? 0,
    })),
  )
  const texts = new Map(entries.map(({ shape }) => [shape.hash, shape.text]))
  for (let at = 0; at < rows.length; at += usageRowsMax) {
    const fields = rows.slice(at, at + usageRowsMax)
    const documents: UsageReport['documents'] = []
    for (const { operationHash: hash } of fields) {
      if (documents.length >= documentsPerReport || told.has(hash)) continue
      told.add(hash)
      const text = texts.get(hash) ?? ''
      if (text.length <= textMax) documents.push({ hash, text })
    }
    while (told.size > toldMax) told.delete(told.values().next().value ?? '')
    yield { id: randomUUID(), from: from.toISOString(), to: to.toISOString(), fields, documents }
  }
}

/** The coordinates that an operation reads, and its text: without the strings in it, which may be anybody's secrets. */
function shapeOf({ schema, document, operation, query, hash: given }: Use): Shape {
  const fragments = document.definitions.filter((one) => one.kind === Kind.FRAGMENT_DEFINITION)
  const byName = new Map(fragments.map((one) => [one.name.value, one]))
  const told = withoutStrings(document)
  const text = told === document ? query : print(told)
  const hash = told === document ? given : createHash('sha256').update(text).digest('hex')
  const byPath = new Map<string, string>()
  const coordinates = new Set<string>()

  // Admitted documents are small even with their fragments unfolded, and have no cycles.
  function walk({ selections }: SelectionSetNode, parent: GraphQLNamedType | undefined, path: string): void {
    for (const node of selections) {
      if (node.kind === Kind.INLINE_FRAGMENT) {
        const type = node.typeCondition ? schema.getType(node.typeCondition.name.value) : parent
        walk(node.selectionSet, type, path)
      } else if (node.kind === Kind.FRAGMENT_SPREAD) {
        const fragment = byName.get(node.name.value)
        if (fragment) walk(fragment.selectionSet, schema.getType(fragment.typeCondition.name.value), path)
      } else if (isObjectType(parent) || isInterfaceType(parent)) {
        const field = parent.getFields()[node.name.value]
        if (!field) continue
        const coordinate = `${parent.name}.${field.name}`
        const place = `${path}${node.alias?.value ?? node.name.value}`
        coordinates.add(coordinate)
        byPath.set(place, coordinate)
        if (node.selectionSet) walk(node.selectionSet, getNamedType(field.type), `${place}.`)
      }
    }
  }
  walk(operation.selectionSet, schema.getRootType(operation.operation) ?? undefined, '')
  return { hash, text, coordinates: [...coordinates], byPath }
}

const withoutStrings = (document: DocumentNode): DocumentNode =>
  visit(document, {
    enter: (node) =>
      node.kind === Kind.STRING && node.value !== '' ? { ...node, value: '', block: false } : undefined,
  })
