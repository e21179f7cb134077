import { existsSync, readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { LineCounter, parseDocument } from 'yaml'
import * as z from 'zod'

import { severity } from '#core/contract/severity.js'
import { trapCategory } from '#core/contract/traps.js'

import { namesIn } from './summary.js'

const oid = z.string().regex(/^\d+(\.\d+)+$/, 'must be an object identifier, as 1.3.6.1.6.3.1.1.5.3')
const words = z.record(z.string().regex(/^\d+$/, 'must be a number'), z.string())

const notification = z
  .strictObject({
    /** snmpTrapOID; several where a MIB has renumbered it. */
    oid: z.union([oid, z.array(oid).min(1)], 'must be an object identifier, or several').optional(),
    /** Everything below, where nothing else is known of it. */
    under: oid.optional(),
    name: z.string().min(1).max(100),
    severity,
    category: trapCategory,
    /** See `summary.ts`. */
    summary: z.string().min(1).max(400),
    /** Whether the device is polled at once. */
    poll: z.boolean().default(false),
    /** Where one of its objects says how grave it is. */
    severityFrom: z.strictObject({ object: z.string(), values: z.record(z.string(), severity) }).optional(),
  })
  .refine(
    (one) => (one.oid === undefined) !== (one.under === undefined),
    'must have oid or under, and not both',
  )
export type KnownNotification = z.infer<typeof notification>

const object = z.union([
  z.string().transform((name) => ({ name, values: {} as Record<string, string> })),
  z.strictObject({ name: z.string(), values: words }),
])
export type KnownObject = z.infer<typeof object>

const catalogueFile = z.strictObject({
  /** Who has a number below 1.3.6.1.4.1. */
  enterprises: z.record(z.string().regex(/^\d+$/), z.string()).default({}),
  notifications: z.array(notification).default([]),
  objects: z.record(oid, object).default({}),
})

/** What is known of notifications and of what they carry. */
export interface Catalogue {
  notifications: ReadonlyMap<string, KnownNotification>
  under: ReadonlyMap<string, KnownNotification>
  objects: ReadonlyMap<string, KnownObject>
  enterprises: ReadonlyMap<string, string>
}

/** A file of the catalogue is not valid; the message says which, where and why. */
export class CatalogueError extends Error {
  override readonly name = 'CatalogueError'
}

/** Beside this file, or, for compiled code in `dist/`, where the sources lie. */
const folder = [
  path.join(import.meta.dirname, 'catalogue'),
  path.join(import.meta.dirname, '..', '..', '..', 'collectors', 'trap', 'catalogue'),
].find((candidate) => existsSync(candidate))

/**
 * Reads our catalogue, then the user's, which takes precedence entry by entry.
 * @throws CatalogueError for the first file that is not valid
 */
export function loadCatalogue(own?: string): Catalogue {
  const catalogue = {
    notifications: new Map<string, KnownNotification>(),
    under: new Map<string, KnownNotification>(),
    objects: new Map<string, KnownObject>(),
    enterprises: new Map<string, string>(),
  }
  if (folder === undefined)
    throw new CatalogueError('the catalogue of traps is missing from this installation')
  const carried: [string, string][] = []
  for (const file of [...filesOf(folder), ...(own ? filesOf(own) : [])]) {
    const { enterprises, notifications, objects } = readFile(file)
    for (const one of notifications) {
      const { summary, severityFrom } = one
      const spoken = [...namesIn(summary), ...(severityFrom ? [severityFrom.object] : [])]
      carried.push(...spoken.map((name): [string, string] => [name, `${file}: ${one.name}`]))
      for (const place of [one.oid ?? []].flat()) catalogue.notifications.set(place, one)
      if (one.under) catalogue.under.set(one.under, one)
    }
    for (const [place, one] of Object.entries(objects)) catalogue.objects.set(place, one)
    for (const [number, name] of Object.entries(enterprises)) catalogue.enterprises.set(number, name)
  }
  const known = new Set([...catalogue.objects.values()].map(({ name }) => name))
  const [unknown] = carried.filter(([name]) => !known.has(name))
  if (unknown) throw new CatalogueError(`${unknown[1]}: speaks of ${unknown[0]}, which no file names`)
  return catalogue
}

function filesOf(from: string): string[] {
  try {
    const names = readdirSync(from).filter((name) => /\.ya?ml$/.test(name))
    return names.sort().map((name) => path.join(from, name))
  } catch (error) {
    throw new CatalogueError(`${from} cannot be read (${(error as NodeJS.ErrnoException).code})`)
  }
}

function readFile(file: string): z.infer<typeof catalogueFile> {
  const lines = new LineCounter()
  // No aliases: a few of them make gigabytes of a small file.
  const document = parseDocument(readFileSync(file, 'utf8'), { lineCounter: lines })
  const [fault] = document.errors
  if (fault) throw new CatalogueError(`${file}: ${fault.message.split('\n')[0]}`)
  const { data, error } = catalogueFile.safeParse(document.toJS({ maxAliasCount: 0 }) ?? {})
  if (!error) return data
  const [issue] = error.issues
  const at = issue?.path ?? []
  const node = document.getIn(at, true) ?? document.getIn(at.slice(0, -1), true)
  const offset = (node as { range?: [number, number, number] } | undefined)?.range?.[0]
  const line = offset === undefined ? '' : `:${lines.linePos(offset).line}`
  throw new CatalogueError(`${file}${line}: ${at.join('.') || 'file'}: ${issue?.message ?? 'not valid'}`)
}
