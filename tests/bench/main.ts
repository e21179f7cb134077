import { parseArgs } from 'node:util'

import { auth } from './auth/auth.js'
import { disk } from './collect/disk.js'
import { icmp } from './collect/icmp.js'
import { ingest } from './collect/ingest.js'
import { load } from './collect/load.js'
import { neighbors } from './collect/neighbors.js'
import { outages } from './collect/outages.js'
import { planBench } from './collect/plan.js'
import { queueToDisk } from './collect/queue-to-disk.js'
import { series } from './collect/series.js'
import { snmpBench } from './collect/snmp.js'
import { snmpTable } from './collect/snmp-table.js'
import { gateway } from './gateway/gateway.js'
import { hostile } from './hostile.js'
import { latency } from './latency.js'
import type { Bench, Row } from './row.js'

/** `npm run bench [-- --only NAME] [-- --json]`: what SOTP does, measured against a reference in the same run. */

const benches: Readonly<Record<string, Bench>> = {
  'collect.icmp': icmp,
  'collect.snmp': snmpBench,
  'collect.snmp.table': snmpTable,
  'collect.ingest': async () => [...(await ingest()), ...(await queueToDisk())],
  'collect.series': series,
  'collect.disk': disk,
  'collect.load': load,
  'collect.plan': planBench,
  'collect.neighbors': neighbors,
  'collect.outages': outages,
  latency,
  hostile,
  gateway,
  auth,
}

const { values } = parseArgs({
  options: { only: { type: 'string' }, json: { type: 'boolean', default: false } },
})
/** A bench by its name, or all of a group by the part before the dot. */
const wanted = (name: string) =>
  values.only === undefined || name === values.only || name.startsWith(`${values.only}.`)
if (!Object.keys(benches).some(wanted)) {
  process.stderr.write(`there is no bench "${values.only}"; there are: ${Object.keys(benches).join(', ')}\n`)
  process.exit(1)
}

const rows: Row[] = []
for (const [name, run] of Object.entries(benches)) {
  if (!wanted(name)) continue
  if (!values.json) process.stderr.write(`${name} …\n`)
  rows.push(...(await run()))
}
if (values.json) process.stdout.write(`${JSON.stringify(rows, null, 2)}\n`)
else {
  const digits = (number: number) =>
    Number.isNaN(number) ? '–' : number.toLocaleString('en', { maximumSignificantDigits: 3 })
  // biome-ignore lint/suspicious/noConsole: the table is this program's output.
  console.table(
    rows.map((row) => ({
      ...row,
      value: digits(row.value),
      reference: digits(row.reference),
      ratio: digits(row.ratio),
    })),
  )
}
process.exit(rows.every(({ ok }) => ok) ? 0 : 1)
