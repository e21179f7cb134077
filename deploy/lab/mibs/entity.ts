import type { Device } from '../device.js'
import { encodeOid, parseOid, tags } from '../snmp/ber.js'
import { defineScalars, defineTable, type Table } from '../snmp/mib.js'
import { firstSensorEntity, sensorsOf } from './sensors.js'

const { integer, octets, oid, timeTicks } = tags
const nothing = encodeOid([0, 0])
const chassisClass = 3
const powerSupplyClass = 6
const sensorClass = 8

interface Part {
  number: number
  class: number
  descr: string
  name: string
  model: string
  serial: string
  vendor: string
  version: string
}

function parts(device: Device): { index: number[]; item: Part }[] {
  const { plan } = device
  const { vendor, model, parts } = plan.product
  const chassis: Part = {
    number: 0,
    class: chassisClass,
    descr: `${vendor} ${model} chassis`,
    name: 'Chassis',
    model,
    serial: plan.serial,
    vendor,
    version: plan.version,
  }
  const others = parts.map(
    (part, n): Part => ({
      ...part,
      number: n,
      serial: `${plan.serial.slice(0, -2)}${String(n + 10)}`,
      vendor,
      version: '',
    }),
  )
  const sensors = [...sensorsOf(device, 'entity'), ...sensorsOf(device, 'cisco')].map(({ part, number }) => ({
    index: [firstSensorEntity + number],
    item: {
      number,
      class: part.kind === 'supply' ? powerSupplyClass : sensorClass,
      descr: part.name,
      name: part.name,
      model: '',
      serial: '',
      vendor,
      version: '',
    },
  }))
  return [...[chassis, ...others].map((item, n) => ({ index: [n + 1], item })), ...sensors]
}

/** ENTITY-MIB entPhysicalTable (RFC 6933): the chassis with model, serial number and software, and what is in it. */
export const entityTables: readonly Table<Device>[] = [
  defineTable<Device, Part>({
    entry: parseOid('1.3.6.1.2.1.47.1.1.1.1'),
    rows: parts,
    columns: [
      [2, octets, ({ descr }) => Buffer.from(descr)],
      [3, oid, () => nothing],
      [4, integer, (part) => (part.class === chassisClass ? 0 : 1)],
      [5, integer, (part) => part.class],
      [6, integer, ({ number }) => number],
      [7, octets, ({ name }) => Buffer.from(name)],
      [8, octets, () => Buffer.from('V02')],
      [9, octets, () => Buffer.alloc(0)],
      [10, octets, ({ version }) => Buffer.from(version)],
      [11, octets, ({ serial }) => Buffer.from(serial)],
      [12, octets, ({ vendor }) => Buffer.from(vendor)],
      [13, octets, ({ model }) => Buffer.from(model)],
      [14, octets, () => Buffer.alloc(0)],
      [15, octets, () => Buffer.alloc(0)],
      [16, integer, () => 1],
    ],
  }),
  defineScalars<Device>(parseOid('1.3.6.1.2.1.47.1.4'), [[1, timeTicks, () => 0]]),
]
