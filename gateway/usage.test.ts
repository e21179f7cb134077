import { createHash } from 'node:crypto'
import { type OperationDefinitionNode, parse } from 'graphql'
import { expect, test } from 'vitest'

import { queues } from '#core/contract/queues.js'
import type { UsageReport } from '#core/contract/usage.js'
import { createLog } from '#core/service/log.js'
import { openQueue } from '#core/service/queue.js'
import { freshRedis } from '#tests/kit/stores.js'

import { buildGraph, readSupergraph } from './supergraph.js'
import { openUsage } from './usage.js'

const { schema } = buildGraph(readSupergraph())
const log = createLog('test', 'silent')

test('reports which fields each client asked for, how often, and where errors were', async () => {
  const redisUrl = await freshRedis()
  const queue = openQueue(queues.usage, { redisUrl, log })
  const asked = (query: string) => {
    const document = parse(query)
    const hash = createHash('sha256').update(query).digest('hex')
    return { schema, query, hash, document, operation: document.definitions[0] as OperationDefinitionNode }
  }
  const list = `
    query List { devices(first: 5) { nodes { ...D } } }
    fragment D on Device { title: name state { rttMs } }
  `
  const use = { ...asked(list), clientName: 'web', clientVersion: '1' }
  const login = 'mutation { login(input: { email: "a@b.c", password: "plum-Harvest" }) { expiresAt } }'
  {
    await using usage = openUsage({ redisUrl, log })
    usage.record({ ...use, ...asked(login), errors: undefined })
    usage.record({ ...use, errors: undefined })
    usage.record({ ...use, errors: [{ message: 'x', path: ['devices', 'nodes', 3, 'state', 'rttMs'] }] })
    usage.record({ ...use, clientVersion: '2', errors: undefined })
  }
  const got: UsageReport[] = []
  queue.process(1, async (report) => void got.push(report))
  await expect.poll(() => got.length).toBe(1)
  const [{ fields, documents } = { fields: [], documents: [] }] = got
  const of = (coordinate: string, clientVersion: string) =>
    fields.find((row) => row.coordinate === coordinate && row.clientVersion === clientVersion)
  expect(of('Device.name', '1')).toMatchObject({
    clientName: 'web',
    operationName: 'List',
    operationType: 'QUERY',
    count: 2,
    errors: 0,
  })
  expect(of('DeviceState.rttMs', '1')?.errors).toBe(1)
  expect(of('Query.devices', '2')?.count).toBe(1)
  expect(documents.find(({ hash }) => hash === use.hash)?.text).toBe(list)
  // Strings in a document may be somebody's secrets.
  expect(documents).toHaveLength(2)
  expect(JSON.stringify(documents)).not.toContain('plum')
  await queue[Symbol.asyncDispose]()
})
