import * as z from 'zod'

import { deviceKind, icmpSettings, snmpSettings } from '#core/contract/devices.js'
import { SotpError } from '#core/service/errors.js'

import type { CsvRecord } from './csv.js'
import type { MonitoringInput } from './device.input.js'
import { deviceAddress, deviceName, deviceTags } from './device.schema.js'

const wholeNumber = z
  .string()
  .regex(/^\d{1,9}$/, 'must be a whole number')
  .transform(Number)
const yes = ['true', 'yes', 'on', '1']
const names = z.string().transform((text) =>
  text
    .split(';')
    .map((name) => name.trim())
    .filter((name) => name !== ''),
)
const snmpVersions: Record<string, 'V1' | 'V2C' | 'V3' | 'NONE'> = {
  '1': 'V1',
  V1: 'V1',
  '2': 'V2C',
  '2C': 'V2C',
  V2: 'V2C',
  V2C: 'V2C',
  '3': 'V3',
  V3: 'V3',
  NONE: 'NONE',
}

const rowSchema = z.object({
  name: deviceName,
  address: deviceAddress,
  site: z.string().optional(),
  kind: z
    .string()
    .transform((text) => text.toUpperCase().replace(/[\s-]+/g, '_'))
    .pipe(deviceKind)
    .optional(),
  tags: names.pipe(deviceTags).optional(),
  credentials: names.pipe(z.array(z.string()).max(10)).optional(),
  icmp_enabled: z
    .string()
    .toLowerCase()
    .pipe(z.enum([...yes, 'false', 'no', 'off', '0']))
    .transform((text) => yes.includes(text))
    .optional(),
  icmp_interval: wholeNumber.pipe(icmpSettings.shape.intervalSeconds.unwrap()).optional(),
  snmp_version: z
    .string()
    .transform((text) => snmpVersions[text.toUpperCase()])
    .pipe(z.enum(['V1', 'V2C', 'V3', 'NONE'], 'must be 1, 2c, 3 or none'))
    .optional(),
  snmp_port: wholeNumber.pipe(snmpSettings.shape.port.unwrap()).optional(),
  snmp_interval: wholeNumber.pipe(snmpSettings.shape.intervalSeconds.unwrap()).optional(),
})
/** What a row says of a device. Undefined: the cell is empty or the column missing, so nothing is said. */
export type ImportRow = z.infer<typeof rowSchema>

const columns = Object.keys(rowSchema.shape)

/** Column names of a header row. @throws SotpError BAD_USER_INPUT naming what is unknown, double or missing. */
export function readHeader(header: CsvRecord | undefined): string[] {
  const refuse = (message: string): never => {
    throw new SotpError('BAD_USER_INPUT', { message: `csv: ${message}`, field: 'csv' })
  }
  if (!header) return refuse('is empty; the first row must name the columns')
  if (header.fault) return refuse(`line ${header.line}: ${header.fault}`)
  const given = header.fields.map((field) => field.trim().toLowerCase())
  const unknown = given.find((name) => !columns.includes(name))
  if (unknown !== undefined) return refuse(`unknown column "${unknown}"; known are ${columns.join(', ')}`)
  const double = given.find((name, index) => given.indexOf(name) !== index)
  if (double !== undefined) return refuse(`column "${double}" stands twice in the header`)
  const missing = ['name', 'address'].find((name) => !given.includes(name))
  if (missing !== undefined) return refuse(`column "${missing}" is missing`)
  return given
}

/** A row, or the reason why it is rejected. */
export function readRow(header: readonly string[], { fields, fault }: CsvRecord): ImportRow | string {
  if (fault) return fault
  if (fields.length !== header.length) {
    return `has ${fields.length} ${fields.length === 1 ? 'field' : 'fields'}, the header has ${header.length}`
  }
  const cells = Object.fromEntries(
    header.flatMap((name, index) => {
      const cell = fields[index]?.trim() ?? ''
      return cell === '' ? [] : [[name, cell]]
    }),
  )
  for (const name of ['name', 'address']) if (cells[name] === undefined) return `${name}: is missing`
  const { data, error } = rowSchema.safeParse(cells)
  if (data) return data
  const issue = error.issues[0]
  return `${issue?.path[0]?.toString()}: ${issue?.message}`
}

/** The monitoring that a row asks for, as a change to what there is. */
export function monitoringOf(row: ImportRow): MonitoringInput {
  const icmp = { enabled: row.icmp_enabled ?? null, intervalSeconds: row.icmp_interval ?? null }
  if (row.snmp_version === 'NONE') return { icmp, snmp: null }
  const snmp = {
    version: row.snmp_version ?? null,
    port: row.snmp_port ?? null,
    intervalSeconds: row.snmp_interval ?? null,
  }
  return Object.values(snmp).some((value) => value !== null) ? { icmp, snmp } : { icmp }
}
