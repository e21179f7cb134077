import { existsSync } from 'node:fs'
import path from 'node:path'

import { ProfileError, type ProfileFault, type ReadProfile, readFolder } from './profile-files.js'
import type { Profile } from './profile-schema.js'

/** Beside this file, or, for compiled code in `dist/`, where the sources lie. */
const builtIn = [
  path.join(import.meta.dirname, 'profiles'),
  path.join(import.meta.dirname, '..', '..', '..', 'collectors', 'snmp', 'profiles'),
].find((candidate) => existsSync(candidate))

let ownProfiles: ReturnType<typeof readFolder> | undefined

/** The profiles of this installation do not change while it runs, and there are many: they are read once. */
function readInstalled(folder: string): ReturnType<typeof readFolder> {
  if (folder !== builtIn) return readFolder(folder)
  ownProfiles ??= readFolder(folder)
  return ownProfiles
}

/** Profiles by id, each with everything it inherits. */
export type Profiles = ReadonlyMap<string, Profile>

/** The profile of a device that no other is for. */
export const genericId = 'generic'

/**
 * Reads the profiles of this installation, and those of `folder`, which add to them or take their place by name.
 * @throws ProfileError with every fault of every file
 */
export function loadProfiles(folder?: string, installed = builtIn): Profiles {
  if (installed === undefined) throw new Error('the SNMP profiles are missing from this installation')
  const read = [readInstalled(installed), ...(folder === undefined ? [] : [readFolder(folder)])]
  const faults = read.flatMap((one) => one.faults)
  const files = new Map(read.flatMap(({ profiles }) => profiles.map((profile) => [profile.id, profile])))
  const profiles = new Map<string, Profile>()
  const resolver = { files, profiles, faults, broken: new Set(faults.map(idOf)) }
  for (const id of files.keys()) resolve(resolver, id, [])
  if (faults.length > 0) throw new ProfileError(faults)
  return profiles
}

const idOf = ({ file }: ProfileFault) => path.basename(file).replace(/\.ya?ml$/, '')

interface Resolver {
  files: ReadonlyMap<string, ReadProfile>
  profiles: Map<string, Profile>
  faults: ProfileFault[]
  /** Files that could not be read at all: whoever extends one is not to blame. */
  broken: ReadonlySet<string>
}

/** A profile with what it inherits; undefined where that cannot be told. `below` are those that extend it. */
function resolve(resolver: Resolver, id: string, below: readonly string[]): Profile | undefined {
  const { files, profiles, faults, broken } = resolver
  const done = profiles.get(id)
  const read = files.get(id)
  if (done || !read) return done
  const parents = read.data.extends.flatMap((parent, n) => {
    const fault = (message: string): [] => {
      const line = read.lineOf(['extends', n])
      faults.push({ file: read.file, line, key: 'extends', message })
      return []
    }
    const way = [...below, id]
    if (way.includes(parent)) return fault(`goes in a circle: ${[...way, parent].join(' → ')}`)
    if (!files.has(parent)) return broken.has(parent) ? [] : fault(`there is no profile ${parent}`)
    return resolve(resolver, parent, way) ?? []
  })
  const profile = inherit(id, read.data, parents)
  profiles.set(id, profile)
  return profile
}

/** Own sources come first, then those of each parent that are not the same. */
function inherit(
  id: string,
  { extends: _, ...own }: ReadProfile['data'],
  parents: readonly Profile[],
): Profile {
  const all = <Source>(
    pick: (from: Pick<Profile, 'model' | 'osVersion' | 'serial' | 'cpu' | 'memory'>) => Source[],
  ) => [...new Set([own, ...parents].flatMap(pick))]
  const sensors = new Map(parents.toReversed().flatMap((parent) => [...parent.sensors]))
  for (const [name, group] of Object.entries(own.sensors)) {
    if (group === null) sensors.delete(name)
    else sensors.set(name, group)
  }
  return {
    ...own,
    id,
    vendor: own.vendor ?? parents.find(({ vendor }) => vendor !== null)?.vendor ?? null,
    kind: own.kind ?? parents.find(({ kind }) => kind !== null)?.kind ?? null,
    model: all(({ model }) => model),
    osVersion: all(({ osVersion }) => osVersion),
    serial: all(({ serial }) => serial),
    cpu: all(({ cpu }) => cpu),
    memory: all(({ memory }) => memory),
    sensors,
  }
}

/**
 * The profile for a device by what it says of itself: of those whose rules fit the one with the longest prefix of
 * sysObjectID, then one that wants something of sysDescr, too; else the generic one.
 */
export function profileOf(
  profiles: Profiles,
  { sysObjectId, sysDescr }: { sysObjectId: string | null; sysDescr: string | null },
): Profile {
  let best: { profile: Profile; rank: number } | undefined
  for (const profile of profiles.values()) {
    for (const rule of profile.match) {
      const prefix = rule.sysObjectId && longestPrefix(rule.sysObjectId, sysObjectId)
      if (rule.sysObjectId && prefix === undefined) continue
      if (rule.sysDescr && !rule.sysDescr.some((expression) => expression.test(sysDescr ?? ''))) continue
      const rank = (prefix?.split('.').length ?? 0) * 2 + (rule.sysDescr ? 1 : 0)
      if (!best || rank > best.rank) best = { profile, rank }
    }
  }
  const found = best?.profile ?? profiles.get(genericId)
  if (!found) throw new Error(`there is no profile ${genericId}`)
  return found
}

/** The longest of `prefixes` that `oid` lies below or is. */
export const longestPrefix = (prefixes: readonly string[], oid: string | null): string | undefined =>
  oid === null
    ? undefined
    : prefixes
        .filter((prefix) => oid === prefix || oid.startsWith(`${prefix}.`))
        .sort((a, b) => b.length - a.length)[0]
