import type { Bench, Row } from '../row.js'
import { stopChildren } from './child.js'
import { eventJoins } from './event-joins.js'
import { fanOuts } from './fan-out.js'
import { notRun } from './judge.js'
import { published } from './published.js'
import { queries } from './queries.js'
import { openScene } from './scene.js'
import { stuckClient } from './stuck-client.js'

/**
 * The gateway against stock @apollo/gateway, Hive Gateway, raw ws and stock graphql-ws, on the same subgraphs. A part
 * that cannot be measured is a row that says why; the others go on. `SOTP_BENCH_PARTS=queries,events` runs only those.
 */
export const gateway: Bench = async () => {
  let calledOff = false
  const callOff = () => {
    calledOff = true
    stopChildren()
  }
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, callOff)
  await using scene = await openScene()
  const parts: Record<string, () => Promise<Row[]>> = {
    queries: () => queries(scene),
    fanOut: () => fanOuts(scene),
    stuckClient: () => stuckClient(scene),
    eventJoins: () => eventJoins(scene),
    published,
  }
  const chosen = process.env['SOTP_BENCH_PARTS']?.split(',')
  const rows: Row[] = []
  for (const [name, run] of Object.entries(parts)) {
    if (calledOff || (chosen && !chosen.includes(name))) continue
    const beganAt = performance.now()
    rows.push(...(await run().catch((error: unknown) => [notRun(name, error)])))
    process.stderr.write(`  ${name}: ${Math.round((performance.now() - beganAt) / 1000)} s\n`)
  }
  return rows
}
