import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'

import { startChild } from '../gateway/child.js'
import { type Bench, median, type Row, ratioRow } from '../row.js'
import { type Exporter, startExporter } from './snmp-exporter.js'
import { compile, startProgram } from './snmp-programs.js'
import type { TableCalls } from './snmp-table-process.js'
import { columnOids, type TableLoad, type TableWork } from './snmp-table-work.js'

const address = '127.0.0.1'
const [port, largePort] = [16_991, 16_992]
const rounds = 5
const run = promisify(execFile)

/** What a poll of a switch reads (`countingColumns`), of 48 ports, of 50 devices at a time. */
const load: TableLoad = {
  address,
  port,
  sessions: 50,
  rounds: 60,
  columns: [
    'ifName',
    'ifOperStatus',
    'ifHCInOctets',
    'ifHCOutOctets',
    'ifCounterDiscontinuityTime',
    'ifInErrors',
    'ifOutErrors',
    'ifInDiscards',
    'ifOutDiscards',
  ],
}
/** Rows that fill a datagram with these columns. */
const repetitions = 7

const walkRepetitions = 25

/** Net-SNMP's library, asking for these columns side by side. */
async function netSnmp(program: string, repeat: number, columns: readonly string[]): Promise<TableWork> {
  const numbers = [load.port, load.sessions, load.rounds, repeat].map(String)
  const { stdout } = await run(program, [address, ...numbers, ...columns], { env: { MIBS: '' } })
  const [varbinds = Number.NaN, cpuSeconds = Number.NaN] = stdout.split(' ').map(Number)
  return { varbinds, cpuSeconds, longestMs: Number.NaN }
}

/** As `snmpbulkwalk` and everything built like it does: one column after the other. */
async function netSnmpWalk(program: string): Promise<TableWork> {
  const sum: TableWork = { varbinds: 0, cpuSeconds: 0, longestMs: Number.NaN }
  for (const oid of columnOids(load.columns)) {
    const { varbinds, cpuSeconds } = await netSnmp(program, walkRepetitions, [oid])
    sum.varbinds += varbinds
    sum.cpuSeconds += cpuSeconds
  }
  return sum
}

const perCpuSecond = ({ varbinds, cpuSeconds }: TableWork): number => varbinds / cpuSeconds

const skipped = (what: string): Row => ({
  name: `SNMP tables: skipped, ${what}`,
  value: Number.NaN,
  unit: '',
  reference: Number.NaN,
  ratio: Number.NaN,
  target: '–',
  ok: true,
})

/**
 * Varbinds per CPU-second of the whole `Agent.table` path, against a C agent that is never the limit, and the same of
 * Net-SNMP's C library, Debian's snmp_exporter and `subtree` of npm net-snmp. The CPU of the poller alone counts.
 */
export const snmpTable: Bench = async () => {
  await using stack = new AsyncDisposableStack()
  const folder = await mkdtemp(path.join(tmpdir(), 'sotp-bench-snmp-'))
  stack.defer(() => rm(folder, { recursive: true }))
  const agent = await compile('snmp-agent', path.join(folder, 'agent'))
  if (!agent) return [skipped('gcc is not installed')]
  const poller = await compile('snmp-poller', path.join(folder, 'poller'), ['-lnetsnmp'])
  stack.use(await startProgram(agent, [address, String(port), '48'], 'ready'))
  stack.use(await startProgram(agent, [address, String(largePort), '10000'], 'ready'))
  const child = stack.use(startChild<TableCalls>('../collect/snmp-table'))
  const exporter: Exporter | undefined = await startExporter(folder).catch(() => undefined)
  if (exporter) stack.use(exporter)
  const few = { ...load, rounds: 5 }
  // Neither a compiler nor a cache is what is measured.
  await child.calls.ours(load)
  await child.calls.subtree(few)
  const [ours, walks, same, exported, walked]: number[][] = [[], [], [], [], []]
  for (let round = 0; round < rounds; round++) {
    ours?.push(perCpuSecond(await child.calls.ours(load)))
    if (poller) {
      walks?.push(perCpuSecond(await netSnmpWalk(poller)))
      same?.push(perCpuSecond(await netSnmp(poller, repetitions, columnOids(load.columns))))
    }
    if (exporter) exported?.push(perCpuSecond(await exporter.scrape(load, 100)))
    walked?.push(perCpuSecond(await child.calls.subtree(few)))
  }
  const row = (name: string, reference: number[] | undefined, atLeast: number): Row =>
    ratioRow({
      name: `SNMP tables, against ${name}`,
      value: median(ours ?? []),
      unit: 'varbinds/CPU-s',
      reference: median(reference ?? []),
      atLeast,
    })
  const large = await child.calls.ours({ ...load, port: largePort, sessions: 1, rounds: 1 })
  return [
    ...(poller
      ? [
          row("a walk by Net-SNMP's C library", walks, 0.5),
          // It shares the gain of asking for many columns at once; what then is left is C against JavaScript.
          row('the same requests by that library', same, 0.4),
        ]
      : [skipped('libsnmp-dev is not installed')]),
    exporter ? row('snmp_exporter', exported, 8) : skipped('prometheus-snmp-exporter is not installed'),
    row('npm net-snmp subtree', walked, 2),
    {
      name: `SNMP table of 10,000 ports (${large.varbinds} varbinds), event loop held at most`,
      value: large.longestMs,
      unit: 'ms',
      reference: 50,
      ratio: large.longestMs / 50,
      target: '≤ 50 ms',
      ok: large.longestMs <= 50,
    },
  ]
}
