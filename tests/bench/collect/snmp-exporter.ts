import { writeFile } from 'node:fs/promises'
import path from 'node:path'

import { cpuSecondsOf, startProgram } from './snmp-programs.js'
import type { TableWork } from './snmp-table-work.js'

/** Columns of ifTable and ifXTable that the generator's `if_mib` makes metrics of, by their number. */
const columns: [base: string, name: string, number: number, type: 'counter' | 'gauge'][] = [
  ...['ifType', 'ifMtu', 'ifSpeed', '', 'ifAdminStatus', 'ifOperStatus', 'ifLastChange'].flatMap((name, n) =>
    name === '' ? [] : [['1.3.6.1.2.1.2.2.1', name, n + 3, 'gauge'] as [string, string, number, 'gauge']],
  ),
  ...Array.from(
    { length: 11 },
    (_, n) =>
      ['1.3.6.1.2.1.2.2.1', `ifCounter${n}`, n + 10, 'counter'] as [string, string, number, 'counter'],
  ),
  ...Array.from(
    { length: 12 },
    (_, n) =>
      ['1.3.6.1.2.1.31.1.1.1', `ifXCounter${n}`, n + 2, 'counter'] as [string, string, number, 'counter'],
  ),
  ['1.3.6.1.2.1.31.1.1.1', 'ifHighSpeed', 15, 'gauge'],
  ['1.3.6.1.2.1.31.1.1.1', 'ifCounterDiscontinuityTime', 19, 'gauge'],
]

/** Debian ships the exporter without a configuration: this is `if_mib` as its generator would make it. */
const config = [
  'if_mib:',
  '  walk: [1.3.6.1.2.1.2.2, 1.3.6.1.2.1.31.1.1]',
  '  version: 2',
  '  auth: { community: public }',
  '  metrics:',
  ...columns.map(([base, name, number, type]) => {
    const indexes = 'indexes: [{ labelname: ifIndex, type: gauge }]'
    const lookup = (label: string, oid: string) =>
      `{ labels: [ifIndex], labelname: ${label}, oid: ${oid}, type: DisplayString }`
    const lookups = [
      lookup('ifAlias', '1.3.6.1.2.1.31.1.1.1.18'),
      lookup('ifDescr', '1.3.6.1.2.1.2.2.1.2'),
      lookup('ifName', '1.3.6.1.2.1.31.1.1.1.1'),
    ].join(', ')
    return `    - { name: ${name}, oid: ${base}.${number}, type: ${type}, help: ${name}, ${indexes}, lookups: [${lookups}] }`
  }),
].join('\n')

export interface Exporter extends AsyncDisposable {
  scrape(agent: { address: string; port: number }, times: number): Promise<TableWork>
}

/** Debian's prometheus-snmp-exporter. @throws Error where it is not installed. */
export async function startExporter(folder: string): Promise<Exporter> {
  const file = path.join(folder, 'snmp.yml')
  await writeFile(file, config)
  const listen = '127.0.0.1:19116'
  const program = await startProgram(
    'prometheus-snmp-exporter',
    [`--config.file=${file}`, `--web.listen-address=${listen}`],
    'Listening on',
  )
  const scrapeOnce = async (target: string): Promise<number> => {
    const response = await fetch(`http://${listen}/snmp?module=if_mib&target=${target}`)
    const text = await response.text()
    const varbinds = /^snmp_scrape_pdus_returned(?:{.*})? (\S+)/m.exec(text)?.[1]
    if (!response.ok || varbinds === undefined) throw new Error(`the exporter says ${text.slice(0, 200)}`)
    return Number(varbinds)
  }
  return {
    async scrape({ address, port }, times) {
      const before = cpuSecondsOf(program.pid)
      let varbinds = 0
      for (let done = 0; done < times; done += 10) {
        const found = await Promise.all(Array.from({ length: 10 }, () => scrapeOnce(`${address}:${port}`)))
        varbinds += found.reduce((sum, n) => sum + n, 0)
      }
      return { varbinds, cpuSeconds: cpuSecondsOf(program.pid) - before, longestMs: Number.NaN }
    },
    [Symbol.asyncDispose]: () => program[Symbol.asyncDispose](),
  }
}
