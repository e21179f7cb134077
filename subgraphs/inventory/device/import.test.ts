import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'

import { type InventoryRoom, startInventory } from '#tests/kit/inventory.js'

let room: InventoryRoom
beforeAll(async () => {
  room = await startInventory()
})
afterAll(() => room[Symbol.asyncDispose]())
beforeEach(async () => {
  await room.sql.query('TRUNCATE device, site, credential CASCADE')
  await room.createSite({ name: 'Berlin' })
  await room.createCredential({ name: 'public', kind: 'SNMP_COMMUNITY', community: 'public' })
  await room.createCredential({ name: 'Secure', kind: 'SNMP_V3', username: 'u', allowWeak: true })
})

const load = (csv: string, dryRun = false) =>
  room.run(
    'mutation ($csv: String!, $dryRun: Boolean!) { importDevices(csv: $csv, dryRun: $dryRun) { created updated accepted { line name address action } rejected { line reason row } } }',
    { csv, dryRun },
  )
const all = async () =>
  (
    await room.run(
      `{ devices(first: 500) { nodes { name address kind tags status updatedAt site { name } credentials { name }
         monitoring { icmp { enabled intervalSeconds } snmp { version port intervalSeconds } } } } }`,
    )
  ).data.devices.nodes

const header =
  'name,address,site,kind,tags,credentials,icmp_enabled,icmp_interval,snmp_version,snmp_port,snmp_interval'

describe('importDevices', () => {
  test('adds devices with all that a row says, and defaults for what it does not', async () => {
    const { data } = await load(
      `${header}\r\n"core, 1",10.0.0.1,BERLIN,access point,a; b;a,secure;public,no,60,3,1161,120\r\nplain,Host.Example,,,,,,,,,\r\nwith-credential,10.0.0.3,,,,public,,,,,\r\n`,
    )
    expect(data.importDevices).toMatchObject({ created: 3, updated: 0, rejected: [] })
    expect(await all()).toMatchObject([
      {
        name: 'core, 1',
        address: '10.0.0.1',
        kind: 'ACCESS_POINT',
        tags: ['a', 'b'],
        site: { name: 'Berlin' },
        credentials: [{ name: 'Secure' }, { name: 'public' }],
        monitoring: {
          icmp: { enabled: false, intervalSeconds: 60 },
          snmp: { version: 'V3', port: 1161, intervalSeconds: 120 },
        },
      },
      {
        name: 'plain',
        kind: 'OTHER',
        tags: [],
        site: null,
        monitoring: { icmp: { enabled: true, intervalSeconds: 30 }, snmp: null },
      },
      { name: 'with-credential', monitoring: { snmp: { version: 'V2C', port: 161 } } },
    ])
  })
  test('takes devices behind one address apart by their SNMP ports, where they are not pinged', async () => {
    const behind = (name: string, port: number) => `${name},127.0.0.1,,,,public,no,,2c,${port},`
    const csv = [header, behind('a', 16_100), behind('b', 16_101), behind('c', 16_101)].join('\n')
    const { data } = await load(csv)
    expect(data.importDevices).toMatchObject({
      created: 2,
      rejected: [{ line: 4, reason: 'address: 127.0.0.1 stands already on line 3' }],
    })
    expect((await load(csv)).data.importDevices).toMatchObject({ created: 0, updated: 2 })
  })
  test('changes what exists by name, only as far as the row says, and leaves what is the same', async () => {
    await load(`${header}\na,10.0.0.1,berlin,router,x,public,,,2c,,\nb,10.0.0.2,,,,,,,,,`)
    await expect.poll(async () => (await room.sql.query('SELECT 1 FROM outbox')).rowCount).toBe(0)
    const head = await room.topics.head('device.changed')
    const [, before] = await all()
    const { data } = await load(
      'address,name,credentials,snmp_version,snmp_port\n10.0.0.9,A,Secure,,1161\n10.0.0.2,b,,,\n10.0.0.3,c,,none,',
    )
    expect(data.importDevices).toMatchObject({ created: 1, updated: 2, rejected: [] })
    const [a, b] = await all()
    expect(a).toMatchObject({
      name: 'A',
      address: '10.0.0.9',
      kind: 'ROUTER',
      tags: ['x'],
      site: { name: 'Berlin' },
      credentials: [{ name: 'Secure' }],
      monitoring: { snmp: { version: 'V2C', port: 1161 } },
    })
    expect(b).toEqual(before)
    await expect.poll(async () => (await room.topics.read('device.changed', head, 10)).length).toBe(2)
    const events = await room.topics.read('device.changed', head, 10)
    expect(events.map(({ event: { change, device } }) => `${change} ${device.name}`)).toEqual([
      'CREATED c',
      'UPDATED A',
    ])
  })
  test('rejects each row that does not fit, with its line, reason and text, and imports the rest', async () => {
    await room.createDevice({ name: 'holder', address: '10.0.0.77' })
    const rows = [
      ['good,10.0.0.1,,,,', null],
      ['bad-address,10.0.0.300,,,,', /^address: must be an IPv4 address/],
      [',10.0.0.2,,,,', /^name: is missing/],
      ['no-site,10.0.0.3,Paris,,,', /no site "Paris"/],
      ['no-credential,10.0.0.4,,public;other,,', /no credential "other"/],
      ['GOOD,10.0.0.5,,,,', /name: "GOOD" stands already on line 2/],
      ['same-address,10.0.0.1,,,,', /10\.0\.0\.1 stands already on line 2/],
      ['taken,10.0.0.77,,,,', /device "holder" already has 10\.0\.0\.77/],
      ['short,10.0.0.6', /has 2 fields, the header has 6/],
      ['port,10.0.0.7,,,99999,', /^snmp_port: /],
      ['version,10.0.0.8,,,,4', /^snmp_version: must be 1, 2c, 3 or none/],
      ['"quote,10.0.0.9,,,,', /not closed/],
      ['last,10.0.0.10,,,,2C', null],
    ] as const
    const csv = ['name,address,site,credentials,snmp_port,snmp_version', ...rows.map(([row]) => row)].join(
      '\n',
    )
    const { data } = await load(csv)
    const rejected = data.importDevices.rejected as { line: number; reason: string; row: string }[]
    const expected = rows.flatMap(([row, reason], index) =>
      reason ? [{ row, reason, line: index + 2 }] : [],
    )
    expect(rejected.map(({ row, line }) => ({ row, line }))).toEqual(
      expected.map(({ row, line }) => ({ row, line })),
    )
    for (const [index, { reason }] of expected.entries()) expect(rejected[index]?.reason).toMatch(reason)
    expect((await all()).map(({ name }: { name: string }) => name)).toEqual(['good', 'holder', 'last'])
    expect(data.importDevices.created).toBe(2)
  })
  test('a dry run tells the same and changes nothing', async () => {
    await room.createDevice({ name: 'a', address: '10.0.0.1' })
    await room.createDevice({ name: 'same', address: '10.0.0.4' })
    const csv = 'name,address\na,10.0.0.2\nb,10.0.0.3\nc,nonsense!\nsame,10.0.0.4'
    const before = await all()
    const dry = await load(csv, true)
    expect(await all()).toEqual(before)
    const wet = await load(csv)
    expect(dry.data.importDevices).toEqual(wet.data.importDevices)
    expect(dry.data.importDevices).toMatchObject({
      created: 1,
      updated: 2,
      accepted: [
        { line: 2, name: 'a', address: '10.0.0.2', action: 'UPDATE' },
        { line: 3, name: 'b', address: '10.0.0.3', action: 'CREATE' },
        { line: 5, name: 'same', address: '10.0.0.4', action: 'KEEP' },
      ],
      rejected: [{ line: 4 }],
    })
  })
  test.each([
    ['', 'is empty'],
    ['name,address,colour\n', 'unknown column "colour"'],
    ['name\na', 'column "address" is missing'],
    ['name,address,Name\n', 'column "name" stands twice'],
    ['"name', 'not closed'],
    [`name,address\n${'a,b\n'.repeat(20_001)}`, 'more than 20000 rows'],
    ['x'.repeat(5_000_001), 'longer than 5 million'],
  ])('refuses a file that it cannot read (%#)', async (csv, why) => {
    expect(await load(csv)).toMatchObject({
      code: 'BAD_USER_INPUT',
      field: 'csv',
      message: expect.stringContaining(why),
    })
  })
  test('two imports of the same file at once both end well', async () => {
    const csv = `name,address\n${Array.from({ length: 200 }, (_, n) => `d${n},10.0.1.${n}`).join('\n')}`
    const answers = await Promise.all([load(csv), load(csv)])
    for (const { data } of answers) {
      expect(data.importDevices.created + data.importDevices.updated).toBe(200)
    }
    expect(await all()).toHaveLength(200)
  })
  test('imports 1,000 rows, new or known', async () => {
    const rows = Array.from(
      { length: 1000 },
      (_, n) => `d${n},10.1.${n >> 8}.${n & 255},Berlin,switch,a;b,public;Secure,,,2c,,`,
    )
    const csv = [header, ...rows].join('\n')
    for (const expected of [{ created: 1000 }, { updated: 1000 }, { updated: 1000 }]) {
      const { data } = await load(expected.created ? csv : csv.replaceAll(',switch,', ',router,'))
      expect(data.importDevices).toMatchObject({ ...expected, rejected: [] })
    }
  })
  test('needs device.write', async () => {
    const query = 'mutation { importDevices(csv: "name,address") { created } }'
    expect(await room.run(query, {}, 'AUDITOR')).toMatchObject({ code: 'FORBIDDEN' })
  })
})
