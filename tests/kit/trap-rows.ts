import type { Trap, TrapBatch } from '#core/contract/traps.js'

/** A linkDown as a collector would send it on. */
export const trapRow = (more: Partial<Trap> = {}): Trap => {
  const at = more.at ?? Date.now()
  return {
    id: crypto.randomUUID(),
    at,
    lastAt: at,
    repeats: 0,
    source: '127.0.0.9',
    sourcePort: 40_000,
    deviceId: null,
    version: 'V2C',
    kind: 'TRAP',
    oid: '1.3.6.1.6.3.1.1.5.3',
    name: 'linkDown',
    severity: 'ERROR',
    category: 'LINK',
    summary: 'Gi0/3 went down',
    upTimeTicks: 4711,
    agentAddress: null,
    engineId: null,
    user: null,
    varbinds: [{ oid: '1.3.6.1.2.1.2.2.1.1.3', name: 'ifIndex.3', type: 'INTEGER', value: '3' }],
    refusal: null,
    detail: null,
    raw: Buffer.from('a datagram').toString('base64'),
    ...more,
  }
}

/** What a collector adds to the queue. */
export const trapBatchOf = (traps: Trap[], counts: TrapBatch['counts'] = []): TrapBatch => ({
  v: 1,
  kind: 'trap.batch',
  id: crypto.randomUUID(),
  at: Date.now(),
  traps,
  counts,
})
