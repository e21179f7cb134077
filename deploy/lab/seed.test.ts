import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buildSchema, graphql } from 'graphql'
import { afterAll, beforeEach, expect, test } from 'vitest'

import { createLog } from '#core/service/log.js'

import type { LabDescription } from './description.js'
import { startLab } from './main.js'
import { deviceCsv, seedLab } from './seed.js'

// The published schema, over maps: a wrong field, argument or type of the seeder fails here as it would for real.
const schema = buildSchema(readFileSync('graphql/schema.graphql', 'utf8'))
interface Row {
  name: string
  address: string
  status: string
  monitoring: { snmp: { port: number } | null }
}
let sites: { id: string; name: string }[]
let credentials: { id: string; name: string; username?: string }[]
let devices: Map<string, Row>
let imports: string[]
const rootValue = {
  sites: () => sites,
  credentials: () => credentials,
  createSite: ({ input }: { input: { name: string } }) => add(sites, input),
  createCredential: ({ input }: { input: { name: string } }) => add(credentials, input),
  devices: ({ first, after }: { first: number; after: string | null }) => {
    const nodes = [...devices.values()]
    const from = after === null ? 0 : Number(after)
    const pageInfo = { hasNextPage: from + first < nodes.length, endCursor: String(from + first) }
    return { nodes: nodes.slice(from, from + first), pageInfo }
  },
  importDevices({ csv }: { csv: string }) {
    imports.push(csv)
    const [, ...rows] = csv.split('\n')
    let created = 0
    for (const row of rows) {
      const [name = '', address = '', , , , , , , version, port] = row.split(',')
      if (!devices.has(name)) created++
      const snmp = version === 'none' ? null : { port: Number(port) }
      devices.set(name, { name, address, status: 'ACTIVE', monitoring: { snmp } })
    }
    return { created, updated: rows.length - created, rejected: [] }
  },
}
const add = <Item>(list: Item[], item: Item) => {
  list.push({ ...item, id: String(list.length) })
  return list.at(-1)
}

const server = createServer((request, response) => {
  ;(async () => {
    if (request.headers.authorization !== 'Bearer right') {
      return { data: null, errors: [{ message: 'Sign in first.' }] }
    }
    const chunks: Buffer[] = []
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk)
    const { query, variables } = JSON.parse(Buffer.concat(chunks).toString())
    return graphql({ schema, rootValue, source: query, variableValues: variables })
  })().then(
    (answer) => response.end(JSON.stringify(answer)),
    () => response.writeHead(500).end('broken'),
  )
})
await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}/graphql`
afterAll(() => server.close())

async function describeLab(count: number): Promise<LabDescription> {
  const log = createLog('test', 'silent')
  const options = { controlPort: 0, port: 16_215, network: '127.215', log }
  await using lab = await startLab({ devices: count, ...options })
  const { [Symbol.asyncDispose]: _dispose, ...description } = lab
  return description
}
const lab = await describeLab(130)

beforeEach(() => {
  sites = []
  credentials = []
  devices = new Map()
  imports = []
})

test('the first start brings everything, the second nothing', async () => {
  const first = await seedLab({ endpoint, token: 'right', lab })
  expect(first).toEqual({ sites: lab.sites.length, credentials: 2, created: 130, updated: 0, rejected: [] })
  expect(imports).toHaveLength(1)
  const second = await seedLab({ endpoint, token: 'right', lab })
  expect(second).toEqual({ sites: 0, credentials: 0, created: 0, updated: 0, rejected: [] })
  expect(imports).toHaveLength(1)
})

test('a device that somebody deleted stays deleted, one whose port changed is updated', async () => {
  await seedLab({ endpoint, token: 'right', lab })
  const [gone, moved] = [...devices.values()]
  if (gone) gone.status = 'DELETED'
  const [other] = lab.devices.filter(({ name }) => name === moved?.name)
  const changed = {
    ...lab,
    devices: lab.devices.map((one) => (one === other ? { ...one, snmpPort: 999 } : one)),
  }
  if (gone) gone.address = 'elsewhere'
  expect(await seedLab({ endpoint, token: 'right', lab: changed })).toMatchObject({ created: 0, updated: 1 })
  expect(imports[1]?.split('\n')).toHaveLength(2)
  expect(imports[1]).toContain(moved?.name)
})

test('the table has the agreed columns; large labs are asked less often', async () => {
  const [header, row] = deviceCsv(lab.devices, { lab }).split('\n')
  expect(header).toBe(
    'name,address,site,kind,tags,credentials,icmp_enabled,icmp_interval,snmp_version,snmp_port,snmp_interval',
  )
  expect(row).toBe(
    `waw-core-01,127.215.1.1,Warsaw,ROUTER,lab;core;headquarters,Lab SNMPv3 user,${lab.capabilities.icmpDown},30,V3,16215,30`,
  )
  const small = { ...lab, devices: lab.devices.slice(0, 24) }
  expect(deviceCsv(small.devices, { lab: small }).split('\n')[1]).toMatch(/,10,V3,16215,15$/)
  const asked = deviceCsv(lab.devices, { lab, icmpIntervalSeconds: 5, snmpIntervalSeconds: 60 })
  expect(asked.split('\n')[1]).toMatch(/,5,V3,16215,60$/)
  const [first] = lab.devices
  const odd = first && deviceCsv([{ ...first, site: 'A, "B"' }], { lab })
  expect(odd).toContain('"A, ""B"""')
})

test('says what the graph said', async () => {
  await expect(seedLab({ endpoint, token: 'wrong', lab })).rejects.toThrow('Sign in first.')
  const broken = 'data:text/plain,broken'
  await expect(seedLab({ endpoint: broken, token: 'right', lab })).rejects.toThrow()
})
