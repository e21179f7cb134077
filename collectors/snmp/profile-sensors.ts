import * as z from 'zod'

import { sensorKind, sensorStatus } from '#core/contract/sensors.js'

import { checkNames, columns, conditions, isIndexWord, oid, placeholders } from './profile-words.js'

const column = z.string()
/** A number in the metric's unit, or a column that is scaled as the value is. */
const limit = z.union([z.number(), column], 'must be a number or the name of a column')

/** Limits in a table of their own, a row per limit: as CISCO-ENTITY-SENSOR-MIB's entSensorThresholdTable. */
const thresholds = z.strictObject({
  severity: oid,
  relation: oid,
  value: oid,
  /** Raw severity to the status it stands for. */
  severities: z.record(z.string(), z.enum(['WARNING', 'CRITICAL'])),
  /** Raw relation to the side it limits: LOW is passed by smaller values. */
  relations: z.record(z.string(), z.enum(['LOW', 'HIGH'])),
})
export type Thresholds = z.infer<typeof thresholds>

/** Which port a sensor belongs to; the first way that finds one. */
const port = z.strictObject({
  /** The entity is, or is contained in, what entAliasMappingTable maps to a port (RFC 6933 §2.12.3). */
  entity: z.boolean().default(false),
  /** Its ifIndex. */
  ifIndex: z.string().optional(),
  /** A text that is a port's name, or has it as a word. */
  named: z.string().optional(),
})
export type PortRule = z.infer<typeof port>

/** How a row becomes a sensor. */
const rule = z
  .strictObject({
    kind: sensorKind,
    when: conditions.default({}),
    /** Texts with columns in braces; the first whose words are all there. `{port}` is the port's name. */
    name: z
      .union([z.string(), z.array(z.string()).min(1)], 'must be a text, or a list of them')
      .transform((texts) => [texts].flat()),
    value: column.optional(),
    /** The column's raw values that say how it is. In any other, it says nothing and is not sampled. */
    state: z
      .strictObject({
        column,
        map: z.record(z.string(), sensorStatus),
        untrusted: z.array(z.number()).default([]).describe('raw states in which the value is not believed'),
      })
      .optional(),
    /** From the raw value to the metric's unit. */
    scale: z
      .union(
        [
          z.number(),
          z.strictObject({ column, map: z.record(z.string(), z.number()) }),
          /** The value is a share of that column. */
          z.strictObject({ share: column }),
        ],
        { error: 'must be a number, or column and map, or share' },
      )
      .default(1),
    /** Column of how many decimal places the raw value has. */
    precision: column.optional(),
    /** Of an optical sensor that tells watts: they become dBm. */
    unit: z.enum(['W', 'dBm']).optional(),
    /** Raw values that stand for none. */
    ignore: z.array(z.number()).default([]),
    limits: z
      .strictObject({ lowCritical: limit, lowWarning: limit, highWarning: limit, highCritical: limit })
      .partial()
      .default({}),
    thresholds: thresholds.optional(),
    port: port.optional(),
  })
  .refine(({ value, state }) => value ?? state, 'needs a value, a state or both')
  .refine(({ unit, kind }) => unit === undefined || kind === 'OPTICAL', {
    path: ['unit'],
    message: 'only an optical sensor may say its unit',
  })
export type SensorRule = z.infer<typeof rule>

const wordsOf = (text: string, known: readonly string[]) =>
  placeholders(text).filter((word) => !isIndexWord(word) && !known.includes(word))

/** Sensors of one table (or of scalars). A row is what the first rule that fits makes of it. */
export const sensorGroup = z
  .strictObject({
    /** Where one of these groups has found sensors of a kind, this one adds none of it. */
    unless: z.array(z.string()).default([]),
    columns,
    each: z.array(rule).min(1),
  })
  .superRefine(({ columns, each }, context) => {
    const used: [PropertyKey[], string][] = []
    for (const [name, column] of Object.entries(columns)) {
      if (typeof column !== 'string')
        used.push(
          ...wordsOf(column.at, []).map((word): [PropertyKey[], string] => [['columns', name, 'at'], word]),
        )
    }
    each.forEach(({ when, name, value, state, scale, precision, limits, port }, n) => {
      const at = (...path: PropertyKey[]) => ['each', n, ...path]
      for (const key of Object.keys(when)) used.push([at('when', key), key])
      for (const text of name) for (const word of wordsOf(text, ['port'])) used.push([at('name'), word])
      if (value) used.push([at('value'), value])
      if (state) used.push([at('state', 'column'), state.column])
      if (precision) used.push([at('precision'), precision])
      if (typeof scale === 'object') {
        const [key, name] = 'share' in scale ? ['share', scale.share] : ['column', scale.column]
        used.push([at('scale', key), name])
      }
      for (const [side, bound] of Object.entries(limits))
        if (typeof bound === 'string') used.push([at('limits', side), bound])
      for (const key of ['ifIndex', 'named'] as const)
        for (const word of wordsOf(port?.[key] ?? '', [])) used.push([at('port', key), word])
    })
    checkNames(columns, used, context)
  })
export type SensorGroup = z.infer<typeof sensorGroup>
