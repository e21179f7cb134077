import type { Device } from '../device.js'
import { encodeOid, parseOid, tags } from '../snmp/ber.js'
import { defineScalars, defineTable, type Table } from '../snmp/mib.js'

const { integer, octets, oid, timeTicks, gauge32 } = tags
const storageRam = encodeOid(parseOid('1.3.6.1.2.1.25.2.1.2'))
const storageDisk = encodeOid(parseOid('1.3.6.1.2.1.25.2.1.4'))
const deviceProcessor = encodeOid(parseOid('1.3.6.1.2.1.25.3.1.3'))
const nothing = encodeOid([0, 0])
/** hrDeviceIndex of the first processor, as Net-SNMP numbers them. */
const firstProcessor = 196_608

interface Storage {
  type: Buffer
  descr: Buffer
  unitBytes: number
  /** In units. */
  size: number
  used: (at: number) => number
}

interface Processor {
  device: Device
  number: number
}

function storages(device: Device): { index: number[]; item: Storage }[] {
  const { memoryMiB, kind } = device.plan.product
  const memory = memoryMiB * 1024
  const rows = [
    {
      index: [1],
      item: {
        type: storageRam,
        descr: Buffer.from('Physical memory'),
        unitBytes: 1024,
        size: memory,
        used: (at: number) => Math.round(memory * device.memoryShare(at)),
      },
    },
  ]
  if (kind !== 'SERVER') return rows
  const blocks = 120_000_000
  const disk: Storage = {
    type: storageDisk,
    descr: Buffer.from('/'),
    unitBytes: 4096,
    size: blocks,
    used: (at) => Math.round(blocks * (0.31 + 0.1 * device.memoryShare(at))),
  }
  return [...rows, { index: [31], item: disk }]
}

const processors = (device: Device) =>
  Array.from({ length: device.plan.product.processors }, (_, number) => ({
    index: [firstProcessor + number],
    item: { device, number } satisfies Processor,
  }))

/** HOST-RESOURCES-MIB (RFC 2790): uptime, memory, processors. */
export const hostTables: readonly Table<Device>[] = [
  defineScalars<Device>(parseOid('1.3.6.1.2.1.25.1'), [
    [1, timeTicks, (device, at) => device.ticks(at)],
    [5, gauge32, ({ plan }) => (plan.product.kind === 'SERVER' ? 1 : 0)],
    [6, gauge32, ({ plan }) => 40 + plan.product.processors * 18],
  ]),
  defineScalars<Device>(parseOid('1.3.6.1.2.1.25.2'), [
    [2, integer, ({ plan }) => plan.product.memoryMiB * 1024],
  ]),
  defineTable<Device, Storage>({
    entry: parseOid('1.3.6.1.2.1.25.2.3.1'),
    rows: storages,
    columns: [
      [1, integer, ({ descr }) => (descr.toString() === '/' ? 31 : 1)],
      [2, oid, ({ type }) => type],
      [3, octets, ({ descr }) => descr],
      [4, integer, ({ unitBytes }) => unitBytes],
      [5, integer, ({ size }) => size],
      [6, integer, ({ used }, at) => used(at)],
    ],
  }),
  defineTable<Device, Processor>({
    entry: parseOid('1.3.6.1.2.1.25.3.2.1'),
    rows: processors,
    columns: [
      [1, integer, ({ number }) => firstProcessor + number],
      [2, oid, () => deviceProcessor],
      [3, octets, ({ device }) => Buffer.from(device.plan.product.processorDescr)],
      [4, oid, () => nothing],
      [5, integer, () => 2],
    ],
  }),
  defineTable<Device, Processor>({
    entry: parseOid('1.3.6.1.2.1.25.3.3.1'),
    rows: processors,
    columns: [
      [1, oid, () => nothing],
      [2, integer, ({ device, number }, at) => device.processorLoad(number, at)],
    ],
  }),
]
