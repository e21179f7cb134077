import * as z from 'zod'

export const operationType = z.enum(['QUERY', 'MUTATION', 'SUBSCRIPTION'])
export type OperationType = z.infer<typeof operationType>

const name = z.string().max(100)

/** Identity of an operation: the same for the same normalised text. */
const operationHash = z.string().min(1).max(128)

/** Most rows of one job; a gateway with more to tell adds several jobs. */
export const usageRowsMax = 2000

/** How often one operation of one client read one field. */
const fieldUse = z.object({
  /** Schema coordinate of an output field, as `Device.name` (never an argument or `__typename`). */
  coordinate: z.string().regex(/^[_A-Za-z]\w*\.[_A-Za-z]\w*$/, 'must be Type.field'),
  /** What the client calls itself; empty where it does not say. */
  clientName: name,
  clientVersion: name,
  /** Null for an anonymous operation. */
  operationName: name.nullable(),
  operationHash,
  operationType,
  /** Executions that asked for the field; for a subscription, started streams. */
  count: z.int().nonnegative(),
  /** Errors whose path ended at or below the field. */
  errors: z.int().nonnegative(),
})
export type FieldUse = z.infer<typeof fieldUse>

/** Job of the queue `platform.usage`: what one gateway counted from `from` to `to`. */
export const usageReport = z.object({
  /** Counted once however often the job runs. Also the job's id. */
  id: z.uuid(),
  from: z.iso.datetime(),
  to: z.iso.datetime(),
  fields: z.array(fieldUse).max(usageRowsMax),
  /** Normalised text of operations that this gateway process tells of for the first time. */
  documents: z.array(z.object({ hash: operationHash, text: z.string().max(100_000) })).max(500),
})
export type UsageReport = z.infer<typeof usageReport>

/** Redis key of `topDocuments` as JSON: what a gateway warms before it swaps to another schema. */
export const topDocumentsKey = 'sotp:documents:top'

/** The documents that were asked for most of late, most first. */
export const topDocuments = z
  .array(z.object({ hash: operationHash, text: z.string(), operationName: name.nullable() }))
  .max(200)
export type TopDocuments = z.infer<typeof topDocuments>
