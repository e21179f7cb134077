import { createSocket, type Socket } from 'node:dgram'
import { readFileSync } from 'node:fs'
import process from 'node:process'

import type { LabDescription } from '#deploy/lab/description.js'
import { BerReader, encodeOid, parseOid, tags } from '#deploy/lab/snmp/ber.js'
import { MessageWriter } from '#deploy/lab/snmp/writer.js'

import { startLabProcess } from './lab-process.js'

/**
 * How fast the lab answers: `node dist/tests/bench/lab.js [devices] [seconds] [rate]`. A lab in a process of its own is
 * asked for interface counters with GETBULK: as fast as it goes, or, with `rate`, at that many variables per second.
 */
const [devices = 1000, seconds = 10, rate = 0] = process.argv.slice(2).map(Number)
const nothing = Buffer.alloc(0)
/** ifName, HC octets, errors, discards, status, speed: what a poll of interfaces reads. */
const columns = [
  '1.3.6.1.2.1.31.1.1.1.1',
  '1.3.6.1.2.1.31.1.1.1.6',
  '1.3.6.1.2.1.31.1.1.1.10',
  '1.3.6.1.2.1.31.1.1.1.15',
  '1.3.6.1.2.1.2.2.1.7',
  '1.3.6.1.2.1.2.2.1.8',
  '1.3.6.1.2.1.2.2.1.13',
  '1.3.6.1.2.1.2.2.1.14',
  '1.3.6.1.2.1.2.2.1.19',
  '1.3.6.1.2.1.2.2.1.20',
].map((oid) => encodeOid(parseOid(oid)))

function request(): Buffer {
  const writer = new MessageWriter()
  for (const column of columns) writer.variable(column, nothing, tags.null, nothing)
  writer.wrap(tags.sequence)
  writer.prependInteger(25)
  writer.prependInteger(0)
  writer.prependInteger(1)
  writer.wrap(tags.getBulk)
  writer.prependOctets(Buffer.from('public'))
  writer.prependInteger(1)
  writer.wrap(tags.sequence)
  return Buffer.from(writer.bytes)
}

function countVariables(message: Buffer): number {
  const reader = new BerReader(message).enter(tags.sequence)
  reader.element()
  reader.element()
  const pdu = reader.enter(tags.response)
  for (let n = 0; n < 3; n++) pdu.element()
  const list = pdu.enter(tags.sequence)
  let count = 0
  for (; !list.done; count++) list.element()
  return count
}

/** Processor time of a process so far, in s (Linux, 100 ticks a second), and its resident memory in MB. */
function usage(pid: number): { cpu: number; memory: number } {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? []
  return { cpu: (Number(fields[11]) + Number(fields[12])) / 100, memory: (Number(fields[21]) * 4096) / 1e6 }
}

/** Asks until the time is over. @returns answered requests and variables */
function load(lab: LabDescription, socket: Socket): Promise<{ answers: number; variables: number }> {
  const message = request()
  const counts = { answers: 0, variables: 0 }
  let next = 0
  const ask = () => {
    const device = lab.devices[next++ % lab.devices.length]
    if (device) socket.send(message, device.snmpPort, device.address)
  }
  socket.on('message', (answer) => {
    counts.answers++
    counts.variables += countVariables(answer)
    if (rate === 0) ask()
  })
  const started = performance.now()
  const pace = setInterval(() => {
    const elapsed = (performance.now() - started) / 1000
    const average = counts.answers > 0 ? counts.variables / counts.answers : 50
    while (rate > 0 && next * average < rate * elapsed) ask()
  }, 5)
  if (rate === 0) for (let n = 0; n < 64; n++) ask()
  return new Promise((resolve) => {
    setTimeout(() => {
      clearInterval(pace)
      resolve(counts)
    }, seconds * 1000)
  })
}

const { child, lab } = await startLabProcess(devices)
const socket = createSocket({ type: 'udp4', lookup: (name, _options, done) => done(null, name, 4) })
const before = usage(child.pid ?? 0)
const { answers, variables } = await load(lab, socket)
const after = usage(child.pid ?? 0)
const cores = (after.cpu - before.cpu) / seconds
process.stdout.write(
  `${lab.devices.length} devices, ${seconds} s: ${Math.round(answers / seconds)} answers/s, ${Math.round(variables / seconds)} variables/s, ${cores.toFixed(2)} core, ${((cores * seconds * 1e6) / variables).toFixed(2)} µs a variable, ${after.memory.toFixed(0)} MB\n`,
)
socket.close()
child.removeAllListeners('exit')
child.kill('SIGTERM')
