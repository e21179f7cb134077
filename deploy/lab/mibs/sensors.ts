import type { Device } from '../device.js'
import { parseOid, tags } from '../snmp/ber.js'
import { type ColumnSpec, defineTable, type Table } from '../snmp/mib.js'
import type { SensorMib, SensorPart } from '../vendors/vendor.js'

const { integer } = tags

/** A sensor of a device, its number within the device, and what it says. */
export interface Sensor {
  device: Device
  part: SensorPart
  number: number
}

export const sensorsOf = (device: Device, mib: SensorMib, kinds?: readonly SensorPart['kind'][]): Sensor[] =>
  device.plan.product.sensorMib === mib
    ? device.plan.product.sensors.flatMap((part, number) =>
        !kinds || kinds.includes(part.kind) ? { device, part, number } : [],
      )
    : []

export const valueAt = ({ device, part, number }: Sensor, at: number): number =>
  device.sensorValue(part, number, at)
export const isFailed = ({ device, part, number }: Sensor): boolean => device.isFailed(part, number)

/** entPhysicalIndex of the first sensor. */
export const firstSensorEntity = 1000

/** How ENTITY-SENSOR-MIB and Cisco's tell each kind: data type, and decimal places. */
const entityTypes: Partial<Record<SensorPart['kind'], { type: number; places: number }>> = {
  temperature: { type: 8, places: 1 },
  fan: { type: 10, places: 0 },
  power: { type: 6, places: 1 },
  voltage: { type: 4, places: 2 },
  current: { type: 5, places: 2 },
  optical: { type: 14, places: 1 },
}

const entityRows = (mib: SensorMib) => (device: Device) =>
  sensorsOf(device, mib).flatMap((item) =>
    entityTypes[item.part.kind] ? { index: [firstSensorEntity + item.number], item } : [],
  )
const typeOf = ({ part }: Sensor) => entityTypes[part.kind] ?? { type: 1, places: 0 }
const scaled = (sensor: Sensor, value: number) => Math.round(value * 10 ** typeOf(sensor).places)
const failedOr = (sensor: Sensor, well: number, failed: number) => (isFailed(sensor) ? failed : well)

/** Milliwatts of a level in dBm, in 1/10,000: what Arista's optics say. */
const tenThousandths = (dBm: number) => Math.round(10 ** (dBm / 10) * 10_000)
const isOptical = ({ part }: Sensor) => part.kind === 'optical'

const entitySensor: readonly ColumnSpec<Sensor>[] = [
  [1, integer, (sensor) => (isOptical(sensor) ? 6 : typeOf(sensor).type)],
  [2, integer, (sensor) => (isOptical(sensor) ? 8 : 9)],
  [3, integer, (sensor) => (isOptical(sensor) ? 4 : typeOf(sensor).places)],
  [
    4,
    integer,
    (sensor, at) =>
      isOptical(sensor) ? tenThousandths(valueAt(sensor, at)) : scaled(sensor, valueAt(sensor, at)),
  ],
  [5, integer, (sensor) => failedOr(sensor, 1, 3)],
]

/** What Arista says where a sensor has no limit. */
const noLimit = 1_000_000_000
const limit =
  (name: 'warning' | 'critical' | 'lowWarning' | 'lowCritical', none: number) =>
  (sensor: Sensor): number => {
    const value = sensor.part[name]
    if (value === undefined) return none
    return isOptical(sensor) ? tenThousandths(value) : scaled(sensor, value)
  }

interface Threshold {
  sensor: Sensor
  severity: number
  relation: number
  value: number
}

/** CISCO-ENTITY-SENSOR-MIB numbers the limits of a sensor. */
const thresholds = (device: Device): { index: number[]; item: Threshold }[] =>
  entityRows('cisco')(device).flatMap(({ index, item: sensor }) => {
    const { warning, critical, lowWarning, lowCritical } = sensor.part
    const limits = [
      [10, 4, warning],
      [30, 4, critical],
      [10, 2, lowWarning],
      [30, 2, lowCritical],
    ] as const
    return limits.flatMap(([severity, relation, value], n) =>
      value === undefined ? [] : { index: [...index, n + 1], item: { sensor, severity, relation, value } },
    )
  })

/** Sensors of ENTITY-SENSOR-MIB (RFC 3433) with Arista's limits, and Cisco's own tables. */
export const sensorTables: readonly Table<Device>[] = [
  defineTable<Device, Sensor>({
    entry: parseOid('1.3.6.1.2.1.99.1.1.1'),
    rows: entityRows('entity'),
    columns: entitySensor,
  }),
  defineTable<Device, Sensor>({
    entry: parseOid('1.3.6.1.4.1.30065.3.12.1.1.1'),
    rows: entityRows('entity'),
    columns: [
      [1, integer, limit('lowWarning', -noLimit)],
      [2, integer, limit('lowCritical', -noLimit)],
      [3, integer, limit('warning', noLimit)],
      [4, integer, limit('critical', noLimit)],
    ],
  }),
  defineTable<Device, Sensor>({
    entry: parseOid('1.3.6.1.4.1.9.9.91.1.1.1.1'),
    rows: entityRows('cisco'),
    columns: [
      [1, integer, (sensor) => typeOf(sensor).type],
      [2, integer, () => 9],
      [3, integer, (sensor) => typeOf(sensor).places],
      [4, integer, (sensor, at) => scaled(sensor, valueAt(sensor, at))],
      [5, integer, (sensor) => failedOr(sensor, 1, 3)],
    ],
  }),
  defineTable<Device, Threshold>({
    entry: parseOid('1.3.6.1.4.1.9.9.91.1.2.1.1'),
    rows: thresholds,
    columns: [
      [2, integer, ({ severity }) => severity],
      [3, integer, ({ relation }) => relation],
      [4, integer, ({ sensor, value }) => scaled(sensor, value)],
    ],
  }),
  // cefcFRUPowerStatusTable: of the power supplies, which are physical entities, too.
  defineTable<Device, Sensor>({
    entry: parseOid('1.3.6.1.4.1.9.9.117.1.1.2.1'),
    rows: (device) =>
      sensorsOf(device, 'cisco', ['supply']).map((item) => ({
        index: [firstSensorEntity + item.number],
        item,
      })),
    columns: [[2, integer, (sensor) => failedOr(sensor, 2, 8)]],
  }),
]
