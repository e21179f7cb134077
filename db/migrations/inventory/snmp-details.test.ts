import pg from 'pg'
import type { QueryRunner } from 'typeorm'
import { expect, test } from 'vitest'

import { monitoring } from '#core/contract/devices.js'
import { asSuperuser, freshDatabase } from '#tests/kit/stores.js'

import { SnmpDetails1797100000000 } from './snmp-details.js'

test('settings and credentials from before stay as they were, with the defaults of what is new', async () => {
  const client = new pg.Client({ connectionString: asSuperuser(await freshDatabase()) })
  await client.connect()
  await client.query('SET search_path TO inventory')
  const runner = { query: (sql: string) => client.query(sql) } as unknown as QueryRunner
  const migration = new SnmpDetails1797100000000()
  await migration.down(runner)
  const icmp = { enabled: true, intervalSeconds: 30, packets: 3, timeoutMs: 1000 }
  const old = {
    enabled: true,
    version: 'V3',
    port: 1161,
    intervalSeconds: 60,
    timeoutMs: 500,
    retries: 2,
    maxRepetitions: 9,
  }
  const add = (name: string, snmp: object | null) =>
    client.query(
      `INSERT INTO device (id, name, address, address_key, kind, status, tags, monitoring, created_at, updated_at)
       VALUES (gen_random_uuid(), $1, $1, $1, 'OTHER', 'ACTIVE', '{}', $2, now(), now())`,
      [name, JSON.stringify({ icmp, snmp })],
    )
  await add('10.0.0.1', old)
  await add('10.0.0.2', null)
  await client.query(
    `INSERT INTO credential (id, name, kind, username, sealed, updated_at)
     VALUES (gen_random_uuid(), 'old', 'SNMP_V3', 'u', 'x', now())`,
  )
  await migration.up(runner)
  const { rows } = await client.query('SELECT monitoring FROM device ORDER BY name')
  const details = { maxOidsPerRequest: 20, contextName: '', bulk: true, allowNonIncreasing: false }
  expect(rows).toEqual([
    { monitoring: { icmp, snmp: { ...old, ...details } } },
    { monitoring: { icmp, snmp: null } },
  ])
  // The same as the contract says of a text without them.
  expect(monitoring.parse({ icmp, snmp: old })).toMatchObject(rows[0].monitoring)
  expect((await client.query('SELECT allow_weak FROM credential')).rows).toEqual([{ allow_weak: true }])
  await client.end()
})
