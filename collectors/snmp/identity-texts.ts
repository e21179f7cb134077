import type { Agent, Table } from './agent.js'
import { column, entityClass } from './oids.js'
import type { Profile, TextSource } from './profile-schema.js'
import { longestPrefix } from './profiles.js'
import { asNumber, asText, type Varbind } from './values.js'

/** What a device says of itself beside its system group. Null: it does not. */
export interface IdentityTexts {
  model: string | null
  osVersion: string | null
  serialNumber: string | null
}

interface Said {
  sysObjectId: string | null
  sysDescr: string | null
}

type Chassis = Partial<Record<NonNullable<TextSource['chassis']>, string>>

/** Reads model, version and serial number from where the profile says. @throws PollFault */
export async function readIdentity(agent: Agent, profile: Profile, said: Said): Promise<IdentityTexts> {
  const sources = [...profile.model, ...profile.osVersion, ...profile.serial]
  const oids = sources.flatMap(({ oid }) => oid ?? [])
  const cells = oids.length > 0 ? await agent.get([...new Set(oids)]) : new Map<string, Varbind>()
  const chassis = sources.some((source) => source.chassis) ? await readChassis(agent) : {}
  const first = (from: readonly TextSource[]): string | null => {
    for (const source of from) {
      const text = textOf(source, { said, cells, chassis })
      if (text) return text
    }
    return null
  }
  return {
    model: first(profile.model),
    osVersion: first(profile.osVersion),
    serialNumber: first(profile.serial),
  }
}

/** What can be told without asking the device any more. */
export const identityWithoutAsking = (profile: Profile, said: Said): IdentityTexts => {
  const known = { said, cells: new Map<string, Varbind>(), chassis: {} }
  const first = (from: readonly TextSource[]) =>
    from.map((source) => textOf(source, known)).find((text) => text) ?? null
  return {
    model: first(profile.model),
    osVersion: first(profile.osVersion),
    serialNumber: first(profile.serial),
  }
}

interface Known {
  said: Said
  cells: ReadonlyMap<string, Varbind>
  chassis: Chassis
}

function textOf(source: TextSource, { said, cells, chassis }: Known): string | undefined {
  const { sysDescr, sysObjectId, oid, matches } = source
  if (sysDescr) return firstGroup(sysDescr, said.sysDescr)
  if (sysObjectId) {
    const prefix = longestPrefix(Object.keys(sysObjectId), said.sysObjectId)
    return prefix && sysObjectId[prefix]
  }
  const varbind = oid === undefined ? undefined : cells.get(oid)
  const text = source.chassis ? chassis[source.chassis] : varbind && asText(varbind)
  return matches ? firstGroup(matches, text ?? null) : text
}

const firstGroup = (expression: RegExp, text: string | null): string | undefined =>
  text === null ? undefined : expression.exec(text)?.[1]?.trim()

/** Rows of entPhysicalTable that are looked at for a chassis. */
const entitiesMax = 500

/** The first chassis of ENTITY-MIB. Its table may list every fan and optic, so the walk ends where one is found. */
async function readChassis(agent: Agent): Promise<Chassis> {
  const first = (table: Table, kind: number) =>
    [...table].find(
      ([, { entPhysicalClass }]) => entPhysicalClass && asNumber(entPhysicalClass.varbind) === kind,
    )?.[0]
  const isEnough = (so: Table) => first(so, entityClass.chassis) !== undefined || so.size > entitiesMax
  const table = await agent.table(['entPhysicalClass'], isEnough)
  // A stack says little of itself; its first member has a model and a serial number.
  const index = first(table, entityClass.chassis) ?? first(table, entityClass.stack)
  if (index === undefined) return {}
  const at = (base: string) => `${base}.${index}`
  const wanted = {
    model: at(column.entPhysicalModelName),
    serial: at(column.entPhysicalSerialNum),
    software: at(column.entPhysicalSoftwareRev),
    description: at(column.entPhysicalDescr),
  }
  const cells = await agent.get(Object.values(wanted))
  const text = (oid: string) => {
    const varbind = cells.get(oid)
    return (varbind && asText(varbind)) || undefined
  }
  return Object.fromEntries(
    Object.entries(wanted).flatMap(([name, oid]) => {
      const found = text(oid)
      return found ? [[name, found]] : []
    }),
  )
}
