import { existsSync, readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, test } from 'vitest'

import type { SnmpSettings } from '#core/contract/devices.js'

import { openPoller, pollOnce, samplesOf, snmpTarget } from '../../tests/kit/collector.js'
import {
  ber,
  counter32,
  counter64,
  gauge32,
  int,
  type Mib,
  objectId,
  SnmpAgent,
  text,
  timeTicks,
} from '../../tests/kit/snmp-agent.js'
import { snmp } from './index.js'

/** Tags of snmprec, the format of snmpsim. */
const values: Record<string, (value: string) => Buffer> = {
  2: (value) => int(Number(value)),
  4: text,
  '4x': (value) => text(Buffer.from(value, 'hex')),
  5: () => ber(5),
  6: objectId,
  65: (value) => counter32(BigInt(value)),
  66: (value) => gauge32(Number(value)),
  67: (value) => timeTicks(Number(value)),
  70: (value) => counter64(BigInt(value)),
}

function readWalk(file: string): Mib {
  const mib: Mib = {}
  for (const line of readFileSync(file, 'utf8').split('\n')) {
    const [oid = '', tag = '', ...rest] = line.split('|')
    const value = values[tag]
    if (value) mib[oid] = value(rest.join('|'))
  }
  return mib
}

const folder = path.join(import.meta.dirname, 'fixtures')

describe.each(readdirSync(folder))('walk of %s', (name) => {
  const at = (file: string) => path.join(folder, name, file)
  const { version } = JSON.parse(readFileSync(at('case.json'), 'utf8')) as Pick<SnmpSettings, 'version'>

  test('gives the facts, the outcome and the samples that it should', async () => {
    await using agent = await SnmpAgent.listen('127.6.0.1')
    await using poller = await openPoller(snmp)
    // Ids are derived from the device's, so they are the same in each run.
    const target = {
      ...snmpTarget('127.6.0.1', { port: agent.port, version }),
      deviceId: '5f0c3f0e-0000-4000-8000-000000000001',
    }
    let facts: unknown
    let last: unknown
    for (let n = 1; existsSync(at(`walk-${n}.snmprec`)); n++) {
      agent.load(readWalk(at(`walk-${n}.snmprec`)))
      const result = await pollOnce(poller, target)
      if (result.facts) facts = { ...result.facts, at: 0 }
      const { result: outcome, reason, detail } = result.outcome
      const samples = { ...samplesOf(result) }
      delete samples['snmp.response']
      last = { outcome, reason, detail, samples }
    }
    const found = `${JSON.stringify({ facts: facts ?? null, last }, null, 2)}\n`
    await expect(found).toMatchFileSnapshot(at('expected.json'))
  })
})
