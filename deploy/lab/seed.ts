import * as z from 'zod'

import type { LabDescription, LabDevice } from './description.js'

export interface SeedOptions {
  /** The graph: `http://127.0.0.1:4000/graphql`. */
  endpoint: string
  /** Access token of somebody who may write devices, sites and credentials. */
  token: string
  lab: LabDescription
  /** Seconds between two polls; by default 10 for ICMP and 15 for SNMP, with more than 100 devices 30 for both. */
  icmpIntervalSeconds?: number
  snmpIntervalSeconds?: number
}

/** How much was new. */
export interface SeedResult {
  sites: number
  credentials: number
  created: number
  updated: number
  rejected: { line: number; reason: string; row: string }[]
}

const named = z.array(z.object({ id: z.string(), name: z.string() }))
const existingDevice = z.object({
  name: z.string(),
  address: z.string(),
  status: z.string(),
  monitoring: z.object({ snmp: z.object({ port: z.number() }).nullable() }),
})
type ExistingDevice = z.infer<typeof existingDevice>
const pageSize = 100

/**
 * Puts a lab's sites, credentials and devices into SOTP, through its graph as any client would. What is already there,
 * by name, stays as it is, also a device that somebody deleted; only a device whose address or port changed is updated.
 * @throws Error with the graph's own words
 */
export async function seedLab(options: SeedOptions): Promise<SeedResult> {
  const { lab } = options
  const graph = new Graph(options.endpoint, options.token)
  const { sites, credentials } = await graph.ask(
    'query LabSeedKnown { sites { id name } credentials { id name } }',
    {},
    z.object({ sites: named, credentials: named }),
  )
  const newSites = lab.sites.filter(({ name }) => !sites.some((site) => site.name === name))
  for (const input of newSites) {
    await graph.ask('mutation LabSeedSite($input: SiteInput!) { createSite(input: $input) { id } }', {
      input,
    })
  }
  const newCredentials = lab.credentials.filter(({ name }) => !credentials.some((one) => one.name === name))
  for (const { name, secret } of newCredentials) {
    await graph.ask(
      'mutation LabSeedCredential($input: CredentialInput!) { createCredential(input: $input) { id } }',
      { input: { name, ...secret } },
    )
  }
  const known = new Map((await devicesOf(graph)).map((device) => [device.name, device]))
  const wanted = lab.devices.filter((device) => isNews(lab, device, known.get(device.name)))
  const counts = { sites: newSites.length, credentials: newCredentials.length }
  if (wanted.length === 0) return { ...counts, created: 0, updated: 0, rejected: [] }
  const { importDevices } = await graph.ask(
    'mutation LabSeedDevices($csv: String!) { importDevices(csv: $csv) { created updated rejected { line reason row } } }',
    { csv: deviceCsv(wanted, options) },
    z.object({
      importDevices: z.object({
        created: z.number(),
        updated: z.number(),
        rejected: z.array(z.object({ line: z.number(), reason: z.string(), row: z.string() })),
      }),
    }),
  )
  return { ...counts, ...importDevices }
}

/** Where a dead device would go on answering pings, only its agent tells. */
const isPinged = (lab: LabDescription, device: LabDevice): boolean =>
  device.pingOnly && lab.capabilities.icmpDown

function isNews(lab: LabDescription, device: LabDevice, known: ExistingDevice | undefined): boolean {
  if (!known) return true
  if (known.status === 'DELETED') return false
  const snmpPort = isPinged(lab, device) ? undefined : device.snmpPort
  return known.address !== device.address || known.monitoring.snmp?.port !== snmpPort
}

/** Every device there is, the deleted ones included. */
async function devicesOf(graph: Graph): Promise<ExistingDevice[]> {
  const devices: ExistingDevice[] = []
  let after: string | null = null
  do {
    const { devices: page }: { devices: DevicePage } = await graph.ask(
      `query LabSeedDevices($first: Int!, $after: String) {
        devices(filter: { statuses: [ACTIVE, MAINTENANCE, DISABLED, DELETED] }, first: $first, after: $after) {
          nodes { name address status monitoring { snmp { port } } }
          pageInfo { hasNextPage endCursor }
        }
      }`,
      { first: pageSize, after },
      z.object({ devices: devicePage }),
    )
    devices.push(...page.nodes)
    after = page.pageInfo.hasNextPage ? page.pageInfo.endCursor : null
  } while (after !== null)
  return devices
}

const devicePage = z.object({
  nodes: z.array(existingDevice),
  pageInfo: z.object({ hasNextPage: z.boolean(), endCursor: z.string().nullable() }),
})
type DevicePage = z.infer<typeof devicePage>

const header =
  'name,address,site,kind,tags,credentials,icmp_enabled,icmp_interval,snmp_version,snmp_port,snmp_interval'

/** The devices as a table for `importDevices`. ICMP is off where a dead device would go on answering it. */
export function deviceCsv(
  devices: readonly LabDevice[],
  { lab, icmpIntervalSeconds, snmpIntervalSeconds }: Omit<SeedOptions, 'endpoint' | 'token'>,
): string {
  const isLarge = lab.devices.length > 100
  const rows = devices.map((device) => [
    device.name,
    device.address,
    device.site,
    device.kind,
    device.tags.join(';'),
    isPinged(lab, device) ? '' : device.credential,
    lab.capabilities.icmpDown,
    icmpIntervalSeconds ?? (isLarge ? 30 : 10),
    isPinged(lab, device) ? 'none' : device.snmpVersion,
    device.snmpPort,
    snmpIntervalSeconds ?? (isLarge ? 30 : 15),
  ])
  return [header, ...rows.map((row) => row.map((cell) => quote(String(cell))).join(','))].join('\n')
}

/** RFC 4180 */
const quote = (cell: string): string => (/[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell)

class Graph {
  constructor(
    readonly endpoint: string,
    readonly token: string,
  ) {}

  async ask<Schema extends z.ZodType>(
    query: string,
    variables: Record<string, unknown>,
    schema?: Schema,
  ): Promise<z.infer<Schema>> {
    const response = await fetch(this.endpoint, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        authorization: `Bearer ${this.token}`,
        'apollographql-client-name': 'sotp-lab',
      },
      body: JSON.stringify({ query, variables }),
      signal: AbortSignal.timeout(60_000),
    })
    const text = await response.text()
    const answer = graphAnswer.safeParse(parseJson(text))
    if (!answer.success) throw new Error(`the graph answered ${response.status}: ${text.slice(0, 200)}`)
    const [error] = answer.data.errors ?? []
    if (error) throw new Error(`the graph refused to seed the lab: ${error.message}`)
    return (schema ?? z.unknown()).parse(answer.data.data) as z.infer<Schema>
  }
}

const graphAnswer = z.object({
  data: z.unknown(),
  errors: z.array(z.object({ message: z.string() })).optional(),
})

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
