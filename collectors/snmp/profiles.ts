import { existsSync, readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import * as z from 'zod'

const pattern = z.string().transform((text, context) => {
  try {
    return new RegExp(text, 'i')
  } catch {
    context.addIssue({ code: 'custom', message: `not a regular expression: ${text}` })
    return z.NEVER
  }
})

/** What is known of one vendor's devices: data, one file each in `profiles/`. */
const profile = z.object({
  vendor: z.string().describe('as people call it'),
  /** sysObjectID begins with one of these; the longest match of all profiles wins. */
  sysObjectId: z.array(z.string().regex(/^\d+(\.\d+)+$/)),
  /** Where sysObjectID says nothing (a vendor on net-snmp's own): sysDescr matches. Goes before sysObjectID. */
  sysDescr: z.array(pattern).default([]),
  /** The first group of the first match in sysDescr. */
  model: z.array(pattern).default([]),
  osVersion: z.array(pattern).default([]),
  /** Models by exact sysObjectID or its longest prefix. */
  models: z.record(z.string(), z.string()).default({}),
})
type Profile = z.infer<typeof profile>

export interface Identity {
  vendor: string | null
  model: string | null
  osVersion: string | null
}

/** Beside this file, or, for compiled code in `dist/`, where the sources lie. */
const folder = [
  path.join(import.meta.dirname, 'profiles'),
  path.join(import.meta.dirname, '..', '..', '..', 'collectors', 'snmp', 'profiles'),
].find((candidate) => existsSync(candidate))

/** Reads every profile. @throws Error naming the file that is not valid. */
export function loadProfiles(from = folder): Profile[] {
  if (from === undefined) throw new Error('the SNMP profiles are missing from this installation')
  return readdirSync(from)
    .filter((name) => name.endsWith('.json'))
    .sort()
    .map((name) => {
      const { data, error } = profile.safeParse(JSON.parse(readFileSync(path.join(from, name), 'utf8')))
      if (error) throw new Error(`profile ${name} is not valid: ${z.prettifyError(error)}`)
      return data
    })
}

let loaded: Profile[] | undefined

/** Vendor, model and version of a device by what it says of itself; null where nothing is known. */
export function identify(sysObjectId: string | null, sysDescr: string | null): Identity {
  loaded ??= loadProfiles()
  const found = byDescr(loaded, sysDescr) ?? byObjectId(loaded, sysObjectId)
  if (!found) return { vendor: null, model: null, osVersion: null }
  const modelId = sysObjectId && longestPrefix(Object.keys(found.models), sysObjectId)
  return {
    vendor: found.vendor,
    model: (modelId && found.models[modelId]) || firstGroup(found.model, sysDescr),
    osVersion: firstGroup(found.osVersion, sysDescr),
  }
}

const byDescr = (profiles: readonly Profile[], text: string | null): Profile | undefined =>
  text === null
    ? undefined
    : profiles.find(({ sysDescr }) => sysDescr.some((expression) => expression.test(text)))

function byObjectId(profiles: readonly Profile[], oid: string | null): Profile | undefined {
  const all = profiles.flatMap((entry) => entry.sysObjectId.map((prefix) => ({ entry, prefix })))
  const best =
    oid &&
    longestPrefix(
      all.map(({ prefix }) => prefix),
      oid,
    )
  return all.find(({ prefix }) => prefix === best)?.entry
}

/** The longest of `prefixes` that `oid` lies below or is. */
const longestPrefix = (prefixes: readonly string[], oid: string): string | undefined =>
  prefixes
    .filter((prefix) => oid === prefix || oid.startsWith(`${prefix}.`))
    .sort((a, b) => b.split('.').length - a.split('.').length)[0]

const firstGroup = (expressions: readonly RegExp[], text: string | null): string | null => {
  for (const expression of expressions) {
    const group = text === null ? undefined : expression.exec(text)?.[1]?.trim()
    if (group) return group
  }
  return null
}
