import { expect } from 'vitest'

import { queues } from '#core/contract/queues.js'
import { openDiscoveryControl } from '#core/service/discovery-control.js'
import { Health, startHeartbeat } from '#core/service/health.js'
import { createLog } from '#core/service/log.js'
import { openQueue } from '#core/service/queue.js'
import { openRedis } from '#core/service/redis.js'
import { openReplies } from '#core/service/replies.js'

import type { AuditedCase } from './audit.js'
import { foundHost, makeRun } from './discovery.js'
import { startInventory } from './inventory.js'

export type AuditedInventory = Awaited<ReturnType<typeof openAuditedInventory>>

/** Inventory with all that its mutations do outside of the database, and a collector that has nothing to say. */
export async function openAuditedInventory() {
  await using stack = new AsyncDisposableStack()
  const room = stack.use(await startInventory())
  const open = { redisUrl: room.redisUrl, log: createLog('test', 'silent') }
  const redis = stack.adopt(openRedis(open.redisUrl, open.log), (client) => client.disconnect())
  const replies = openReplies(redis)
  stack.use(startHeartbeat(redis, 'collectors', new Health()))
  const tested: string[] = []
  stack.use(openQueue(queues.connectionTests, open)).process(1, async ({ id, address }) => {
    tested.push(address)
    await replies.send(id, { v: 1, kind: 'connection.answer', id, ip: null, ping: null, snmp: [] })
  })
  const polls = stack.use(openQueue(queues.pollIcmp, open))
  const runs = stack.use(openQueue(queues.discovery, open))
  const owned = stack.move()
  return {
    ...room,
    schema: 'inventory',
    polls,
    runs,
    tested,
    control: openDiscoveryControl(redis),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  }
}

const id = expect.any(String)

/** Cases of the mutations that find devices. */
export const discoveryCases: Record<string, (room: AuditedInventory) => Promise<AuditedCase>> = {
  async startDiscovery(room) {
    const siteId = await room.createSite({ name: 'searched' })
    const credential = { name: 'searching', kind: 'SNMP_COMMUNITY', community: 'x' }
    const credentialIds = [await room.createCredential(credential)]
    const input = { targets: ['10.5.0.0/30'], siteId, credentialIds }
    return {
      query: 'mutation ($input: DiscoveryInput!) { startDiscovery(input: $input) { id } }',
      variables: { input },
      target: { type: 'DiscoveryRun', id, label: '10.5.0.0/30' },
      before: null,
      after: {
        ...{ targets: ['10.5.0.0/30'], exclude: [], within: ['10.5.0.0/30'], includeKnown: false, total: 2 },
        ...{
          site: 'searched',
          credentials: [credential.name],
          options: expect.objectContaining({ ping: true }),
        },
      },
      bad: { variables: { input: { ...input, targets: ['10.0.0.0/4'] } }, code: 'BAD_USER_INPUT' },
      effect: () => room.runs.counts(),
    }
  },
  async cancelDiscovery(room) {
    const one = await makeRun(room.sql, { state: 'RUNNING', hosts: [foundHost('10.5.1.1')] })
    return {
      query: 'mutation ($id: ID!) { cancelDiscovery(id: $id) { id } }',
      variables: { id: one },
      bad: { variables: { id: crypto.randomUUID() }, code: 'NOT_FOUND' },
      target: { type: 'DiscoveryRun', id: one, label: '10.5.1.1' },
      before: { state: 'RUNNING' },
      after: { state: 'CANCELLED' },
      effect: () => room.control.isCancelled(one),
    }
  },
  async acceptDiscovered(room) {
    const name = 'found'
    const runId = await makeRun(room.sql, { hosts: [foundHost('10.5.2.1', { sysName: name })] })
    const variables = { runId, addresses: ['10.5.2.1'] }
    return {
      query:
        'mutation ($runId: ID!, $addresses: [String!]!) { acceptDiscovered(runId: $runId, addresses: $addresses) { id } }',
      variables,
      target: { type: 'DiscoveryRun', id: runId, label: '10.5.2.1' },
      before: null,
      after: { accepted: 1, devices: [{ id, name, address: '10.5.2.1' }] },
      bad: { variables: { ...variables, addresses: ['10.5.2.9'] }, code: 'BAD_USER_INPUT' },
    }
  },
  async testConnection(room) {
    const name = 'tested'
    const one = await room.createDevice({ name, address: '10.5.3.1' })
    return {
      query: 'mutation ($input: TestConnectionInput!) { testConnection(input: $input) { address } }',
      variables: { input: { deviceId: one } },
      target: { type: 'Device', id: one, label: name },
      before: null,
      after: { tested: ['icmp'], address: expect.any(String) },
      bad: { variables: { input: {} }, code: 'BAD_USER_INPUT' },
      effect: async () => [...room.tested],
      onlyEffect: true,
    }
  },
}
