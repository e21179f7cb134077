import * as z from 'zod'

import { deviceKind } from '#core/contract/devices.js'

import { sensorGroup } from './profile-sensors.js'
import { oid, pattern, rowFilter } from './profile-words.js'

/** Which devices a profile is for. Where both are given, both must fit. */
const match = z
  .strictObject({
    /** sysObjectID is or lies below one of these; the longest of all profiles wins. */
    sysObjectId: z.array(oid).min(1).optional(),
    /** sysDescr matches one of these. */
    sysDescr: z.array(pattern).min(1).optional(),
  })
  .refine((rule) => rule.sysObjectId ?? rule.sysDescr, 'needs sysObjectId, sysDescr or both')

const given = (source: object, names: readonly string[]) =>
  names.filter((name) => Object.hasOwn(source, name))
const exactlyOne =
  (...names: string[]) =>
  (source: object) =>
    given(source, names).length === 1

/** Where a text is found. The first source that has one is believed. */
const textSource = z
  .strictObject({
    /** The first group of the expression in sysDescr. */
    sysDescr: pattern.optional(),
    /** By sysObjectID, the longest that it is or lies below. */
    sysObjectId: z.record(oid, z.string().min(1)).optional(),
    /** A scalar, or one cell of a table. */
    oid: oid.optional(),
    /** Of ENTITY-MIB's first chassis (RFC 6933): entPhysicalModelName, entPhysicalSerialNum, … */
    chassis: z.enum(['model', 'serial', 'software', 'description']).optional(),
    /** The first group of it in what `oid` or `chassis` gave; no match, no text. */
    matches: pattern.optional(),
  })
  .refine(
    exactlyOne('sysDescr', 'sysObjectId', 'oid', 'chassis'),
    'needs one of sysDescr, sysObjectId, oid and chassis',
  )
export type TextSource = z.infer<typeof textSource>

/** Load of the processors: one scalar, or a column of all. The first source that gives a value is read. */
const cpuSource = z.strictObject({
  oid,
  scale: z.number().positive().default(0.01).describe('from the raw value to 0–1'),
  idle: z.boolean().default(false).describe('the value says how idle they are'),
  combine: z.enum(['mean', 'max']).default('mean'),
  text: z.boolean().default(false).describe('the number comes as text'),
  where: rowFilter.optional(),
})
export type CpuSource = z.infer<typeof cpuSource>

/** Use of memory, of all rows together: `ratio`, or two of `used`, `free` and `size`. */
const memorySource = z
  .strictObject({
    used: oid.optional(),
    free: oid.optional(),
    size: oid.optional(),
    ratio: oid.optional(),
    scale: z.number().positive().default(0.01).describe('from the raw ratio to 0–1'),
    unit: oid.optional().describe('column of what one unit of each row is'),
    cached: z.array(oid).default([]).describe('counts as free, where it is there'),
    text: z.boolean().default(false).describe('the numbers come as text'),
    where: rowFilter.optional(),
  })
  .refine(
    (source) => given(source, ['used', 'free', 'size']).length === (source.ratio ? 0 : 2),
    'needs ratio, or two of used, free and size',
  )
export type MemorySource = z.infer<typeof memorySource>

/** What is known of one kind of device: a YAML file each in `profiles/`, named as the file is. */
export const profileFile = z.strictObject({
  name: z.string().min(1).max(100).describe('as people call it'),
  vendor: z.string().min(1).max(100).optional(),
  kind: deviceKind.optional(),
  /** Profiles whose contents it has, too: its own come first, then those of the first named. */
  extends: z
    .union([z.string(), z.array(z.string())], 'must be the name of a profile, or a list of them')
    .default([])
    .transform((names) => [names].flat()),
  match: z.array(match).default([]).describe('not inherited'),
  model: z.array(textSource).default([]),
  osVersion: z.array(textSource).default([]),
  serial: z.array(textSource).default([]),
  cpu: z.array(cpuSource).default([]),
  memory: z.array(memorySource).default([]),
  /** By a name that stays: the identity of sensors is made of it. Null drops what is inherited by that name. */
  sensors: z
    .record(z.string().regex(/^[a-z][a-z0-9-]*$/, 'must be lower case, as fan-trays'), sensorGroup.nullable())
    .default({}),
})
export type ProfileFile = z.infer<typeof profileFile>

/** A profile with everything it inherits. */
export type Profile = Omit<ProfileFile, 'extends' | 'vendor' | 'kind' | 'sensors'> & {
  /** Name of its file. */
  id: string
  vendor: string | null
  kind: z.infer<typeof deviceKind> | null
  sensors: ReadonlyMap<string, z.infer<typeof sensorGroup>>
}
