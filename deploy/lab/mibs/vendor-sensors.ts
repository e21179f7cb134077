import type { Device } from '../device.js'
import { parseOid, tags } from '../snmp/ber.js'
import { type ColumnSpec, defineScalars, defineTable, type Table } from '../snmp/mib.js'
import type { SensorMib, SensorPart } from '../vendors/vendor.js'
import { isFailed, type Sensor, sensorsOf, valueAt } from './sensors.js'

const { integer, octets, gauge32 } = tags
const name: ColumnSpec<Sensor>[2] = ({ part }) => Buffer.from(part.name)

/** Rows numbered from 1. */
const rows = (mib: SensorMib, kinds?: readonly SensorPart['kind'][]) => (device: Device) =>
  sensorsOf(device, mib, kinds).map((item) => ({ index: [item.number + 1], item }))

/** jnxOperatingTable is indexed by container and three places within it. */
const operating = (device: Device) =>
  sensorsOf(device, 'juniper', ['temperature', 'fan', 'supply']).map((item) => ({
    index: [{ temperature: 7, fan: 4, supply: 2 }[item.part.kind as 'fan'] ?? 7, item.number + 1, 0, 0],
    item,
  }))

/** Optical readings of one port by its ifIndex. */
interface Optic {
  rx: Sensor | undefined
  tx: Sensor | undefined
  port: string
}

function optics(device: Device, mib: SensorMib): { index: number[]; item: Optic }[] {
  const found = sensorsOf(device, mib, ['optical'])
  return device.ports.flatMap(({ ifIndex, plan }) => {
    const own = found.filter(({ part }) => part.port === plan.name)
    const of = (way: 'rx' | 'tx') => own.find(({ part }) => part.way === way)
    return own.length > 0 ? { index: [ifIndex], item: { rx: of('rx'), tx: of('tx'), port: plan.name } } : []
  })
}
const level = (sensor: Sensor | undefined, at: number, scale: number) =>
  sensor && Math.round(valueAt(sensor, at) * scale)
const limitOf = (sensor: Sensor | undefined, key: 'warning' | 'critical' | 'lowWarning' | 'lowCritical') => {
  const value = sensor?.part[key]
  return value === undefined ? undefined : Math.round(value * 100)
}

/** mtxrGaugeUnit. */
const gauges: Partial<Record<SensorPart['kind'], { unit: number; scale: number }>> = {
  temperature: { unit: 1, scale: 1 },
  fan: { unit: 2, scale: 1 },
  voltage: { unit: 3, scale: 10 },
  current: { unit: 4, scale: 10 },
  power: { unit: 5, scale: 10 },
  supply: { unit: 6, scale: 1 },
}

const apc = (kind: SensorPart['kind']) => (device: Device, at: number) => {
  const [sensor] = sensorsOf(device, 'apc', [kind])
  return sensor && Math.round(valueAt(sensor, at))
}
const whenApc = (value: number) => (device: Device) =>
  device.plan.product.sensorMib === 'apc' ? value : undefined
/** upsBasicIdentModel: sysDescr tells only what the card in the UPS is called. */
const apcModel = ({ plan: { product } }: Device) =>
  product.sensorMib === 'apc' ? Buffer.from(product.model) : undefined

/** Sensors in the MIBs of Juniper, MikroTik, Fortinet, Net-SNMP, APC, and of printers. */
export const vendorSensorTables: readonly Table<Device>[] = [
  defineTable<Device, Sensor>({
    entry: parseOid('1.3.6.1.4.1.2636.3.1.13.1'),
    rows: operating,
    columns: [
      [5, octets, name],
      [6, integer, (sensor) => (isFailed(sensor) ? 6 : 2)],
      [
        7,
        gauge32,
        (sensor, at) => (sensor.part.kind === 'temperature' ? Math.round(valueAt(sensor, at)) : 0),
      ],
    ],
  }),
  defineTable<Device, Optic>({
    entry: parseOid('1.3.6.1.4.1.2636.3.60.1.1.1.1'),
    rows: (device) => optics(device, 'juniper'),
    columns: [
      [5, integer, ({ rx }, at) => level(rx, at, 100)],
      [7, integer, ({ tx }, at) => level(tx, at, 100)],
      [9, integer, ({ rx }) => limitOf(rx, 'critical')],
      [10, integer, ({ rx }) => limitOf(rx, 'lowCritical')],
      [11, integer, ({ rx }) => limitOf(rx, 'warning')],
      [12, integer, ({ rx }) => limitOf(rx, 'lowWarning')],
    ],
  }),
  defineTable<Device, Sensor>({
    entry: parseOid('1.3.6.1.4.1.14988.1.1.3.100.1'),
    rows: rows('mikrotik', ['temperature', 'fan', 'voltage', 'current', 'power', 'supply']),
    columns: [
      [2, octets, name],
      [
        3,
        gauge32,
        (sensor, at) =>
          sensor.part.kind === 'supply'
            ? Number(isFailed(sensor))
            : Math.round(valueAt(sensor, at) * (gauges[sensor.part.kind]?.scale ?? 1)),
      ],
      [4, integer, ({ part }) => gauges[part.kind]?.unit],
    ],
  }),
  defineTable<Device, Optic>({
    entry: parseOid('1.3.6.1.4.1.14988.1.1.19.1.1'),
    rows: (device) => optics(device, 'mikrotik'),
    columns: [
      [2, octets, ({ port }) => Buffer.from(port)],
      [9, integer, ({ tx }, at) => level(tx, at, 1000)],
      [10, integer, ({ rx }, at) => level(rx, at, 1000)],
    ],
  }),
  defineTable<Device, Sensor>({
    entry: parseOid('1.3.6.1.4.1.12356.101.4.3.2.1'),
    rows: rows('fortinet'),
    columns: [
      [2, octets, name],
      [
        3,
        octets,
        (sensor, at) =>
          Buffer.from(sensor.part.kind === 'supply' ? '0' : String(Number(valueAt(sensor, at).toFixed(2)))),
      ],
      [4, integer, (sensor) => Number(isFailed(sensor))],
    ],
  }),
  ...(
    [
      ['temperature', 2, 1000],
      ['fan', 3, 1],
      ['voltage', 4, 1000],
    ] as const
  ).map(([kind, table, scale]) =>
    defineTable<Device, Sensor>({
      entry: parseOid(`1.3.6.1.4.1.2021.13.16.${table}.1`),
      rows: rows('lm', [kind]),
      columns: [
        [2, octets, name],
        [3, gauge32, (sensor, at) => Math.round(valueAt(sensor, at) * scale)],
      ],
    }),
  ),
  defineScalars<Device>(parseOid('1.3.6.1.4.1.318.1.1.1.1.1'), [[1, octets, apcModel]]),
  defineScalars<Device>(parseOid('1.3.6.1.4.1.318.1.1.1.2.1'), [[1, integer, whenApc(2)]]),
  defineScalars<Device>(parseOid('1.3.6.1.4.1.318.1.1.1.2.2'), [
    [1, gauge32, apc('charge')],
    [2, gauge32, apc('temperature')],
    [4, integer, whenApc(1)],
  ]),
  defineScalars<Device>(parseOid('1.3.6.1.4.1.318.1.1.1.3.2'), [[1, gauge32, apc('voltage')]]),
  defineScalars<Device>(parseOid('1.3.6.1.4.1.318.1.1.1.4.1'), [[1, integer, whenApc(2)]]),
  defineScalars<Device>(parseOid('1.3.6.1.4.1.318.1.1.1.4.2'), [
    [3, gauge32, apc('load')],
    [4, gauge32, apc('current')],
  ]),
  defineTable<Device, Sensor>({
    entry: parseOid('1.3.6.1.2.1.43.11.1.1'),
    rows: (device) => sensorsOf(device, 'printer').map((item) => ({ index: [1, item.number + 1], item })),
    columns: [
      [6, octets, name],
      [7, integer, () => 19],
      [8, integer, () => 100],
      [9, integer, (sensor, at) => Math.round(valueAt(sensor, at))],
    ],
  }),
]
