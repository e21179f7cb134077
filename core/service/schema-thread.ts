import path from 'node:path'
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads'

import type { Composition, SubgraphPart } from './compose.js'
import type { BrokenDocument, SchemaChange, SchemaField } from './schema-check.js'

/**
 * Work on schemas takes from tens to hundreds of milliseconds, all of it synchronous, so it runs in a thread. This file
 * is both ends: imported it is the client, started as a worker it does one piece of work and ends.
 */

export interface ComposeWork {
  parts: readonly SubgraphPart[]
  /** API schema to compare with; null: there is none yet. */
  before: string | null
  /** Known documents, to tell which of them would no longer fit. */
  documents: readonly { hash: string; text: string }[]
  /** As `2026-11-23`. */
  today: string
}

export interface ComposeOutcome {
  /** Null when the parts do not compose; `faults` says why. */
  composition: Composition | null
  faults: string[]
  /** Difference of the API schema from `before`; empty where there is nothing to compare. */
  changes: SchemaChange[]
  broken: BrokenDocument[]
  /** Every output field of the new API schema. */
  fields: SchemaField[]
}

interface ValidateWork {
  api: string
  text: string
}
type Work = { kind: 'compose'; work: ComposeWork } | { kind: 'validate'; work: ValidateWork }

/** Work that takes longer is stuck: SOTP's own subgraphs take about 100 ms, and half a second for the thread to start. */
const workMsMax = 30_000
const mark = 'sotp-schema-thread'

/** Composes subgraphs and compares the result with `before`. @throws Error when the thread dies or takes over 30 s. */
export const composeInThread = (work: ComposeWork): Promise<ComposeOutcome> =>
  run({ kind: 'compose', work }) as Promise<ComposeOutcome>

/** Why a document does not fit an API schema; empty when it does. @throws as `composeInThread`. */
export const validateInThread = (work: ValidateWork): Promise<string[]> =>
  run({ kind: 'validate', work }) as Promise<string[]>

async function run(work: Work): Promise<unknown> {
  const worker = new Worker(new URL(import.meta.url), {
    workerData: { mark, work },
    resourceLimits: { maxOldGenerationSizeMb: 512, maxYoungGenerationSizeMb: 16 },
    // A host's own flags and loaders have no place in a thread of ours.
    execArgv: [],
  })
  let late: NodeJS.Timeout | undefined
  try {
    return await new Promise((resolve, reject) => {
      late = setTimeout(() => reject(new Error(`schema work took over ${workMsMax / 1000} s`)), workMsMax)
      worker.once('message', resolve)
      worker.once('error', reject)
      worker.once('exit', (code) => reject(new Error(`the schema thread ended with ${code} and no answer`)))
    })
  } finally {
    clearTimeout(late)
    await worker.terminate()
  }
}

async function compose({ parts, before, documents, today }: ComposeWork): Promise<ComposeOutcome> {
  const { composeParts } = await sibling<typeof import('./compose.js')>('compose')
  const check = await sibling<typeof import('./schema-check.js')>('schema-check')
  const { composition, faults } = composeParts(parts)
  if (!composition) return { composition, faults, changes: [], broken: [], fields: [] }
  return {
    composition,
    faults,
    changes: before === null ? [] : await check.schemaChanges(before, composition.api, today),
    broken: before === null ? [] : check.brokenDocuments(before, composition.api, documents),
    fields: check.schemaFields(composition.api),
  }
}

async function validate({ api, text }: ValidateWork): Promise<string[]> {
  const { documentFaults } = await sibling<typeof import('./schema-check.js')>('schema-check')
  return documentFaults(api, text)
}

/** A thread has no loader but Node's own: beside `.js` compiled lies `.js`, and beside `.ts`, whose types Node strips, `.ts`. */
const sibling = <Module>(name: string): Promise<Module> =>
  import(new URL(`./${name}${path.extname(new URL(import.meta.url).pathname)}`, import.meta.url).href)

const given = workerData as { mark?: string; work: Work } | null
if (!isMainThread && given?.mark === mark) {
  const { kind, work } = given.work
  parentPort?.postMessage(await (kind === 'compose' ? compose(work) : validate(work)))
}
