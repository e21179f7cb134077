import process from 'node:process'
import * as z from 'zod'

import { ConfigError, type Environment, integer, readConfig } from '#core/service/config.js'
import { createLog, type Log } from '#core/service/log.js'

import { serveControl } from './control.js'
import type { LabCredential, LabDescription, LabPlug } from './description.js'
import { Faults } from './faults.js'
import { openKernelFaults } from './kernel.js'
import type { Network, PlannedLink } from './network.js'
import type { LabSite } from './sites.js'
import { canBind, openSockets, type Placement } from './sockets.js'
import { drawNetwork } from './topology.js'
import { Traps } from './traps.js'
import { World } from './world.js'

/** UDP port of every agent (of the first one where all share an address), and TCP port of the control API. */
export const labPorts = { snmp: 16_100, control: 16_099 } as const

export interface LabOptions {
  /** 1 to 5,000; default 24. */
  devices?: number
  /** The same seed and number of devices give the same network. */
  seed?: number
  /** See `labPorts`. */
  port?: number
  /** 0: any free port. */
  controlPort?: number
  /** UDP port of 127.0.0.1 that devices send traps to; 0: they send none. */
  trapPort?: number
  /** First two octets of the devices' addresses: something below 127. Rules of the kernel only ever name these. */
  network?: string
  /** All devices on 127.0.0.1, one port each: so it is on systems that have no other address, and here on demand. */
  sharedAddress?: boolean
  community?: string
  /** Changes the network that was drawn, before it runs. */
  alter?: (network: Network) => Network
  log: Log
}

/** A simulated network that runs in this process until it is disposed. */
export type Lab = LabDescription & AsyncDisposable

/** The one SNMPv3 user of all lab devices. It guards a simulation, so it is no secret. */
const user = { username: 'sotp-lab', authKey: 'lab-auth-passphrase', privKey: 'lab-priv-passphrase' }

/**
 * Starts a simulated network: real SNMP agents on loopback, and the control API.
 * @throws RangeError for an impossible number of devices, Error naming a port that is taken
 */
export async function startLab({
  devices = 24,
  seed = 1,
  port = labPorts.snmp,
  controlPort = labPorts.control,
  trapPort = 0,
  network: prefix = '127.10',
  sharedAddress = false,
  community = 'public',
  alter = (drawn) => drawn,
  log,
}: LabOptions): Promise<Lab> {
  if (!/^127\.\d{1,3}$/.test(prefix) || prefix === '127.0')
    throw new RangeError(`network must be 127.<1-255>, not ${prefix}`)
  await using stack = new AsyncDisposableStack()
  const network = alter(drawNetwork({ seed, count: devices }))
  const hasOwnAddresses = !sharedAddress && (await canBind(`${prefix}.1.1`))
  if (!hasOwnAddresses && port + devices > 65_535)
    throw new RangeError(`${devices} ports from ${port} on do not fit below 65,536`)
  const place = hasOwnAddresses ? byAddress(network, { prefix, port }) : byPort(port)
  const world = new World({ network, seed, place, community, user, at: Date.now() })
  stack.use(await openSockets(world.devices))
  const kernel = stack.use(
    await openKernelFaults({
      network: hasOwnAddresses ? prefix : undefined,
      devices: world.devices.map(({ address }) => address),
      log,
    }),
  )
  const traps = new Traps(
    trapPort === 0 ? undefined : { address: '127.0.0.1', port: trapPort },
    community,
    user,
  )
  world.happened = (device, name, port) => traps.send(device, name, port)
  const faults = stack.use(new Faults(world, kernel, traps))
  const control = stack.use(await serveControl({ world, faults, port: controlPort, log }))
  log.info({ devices, sites: network.sites.length, control: control.url, ...kernel.capabilities }, 'lab runs')
  const owned = stack.move()
  return {
    ...describe(network, { place, community }),
    seed,
    capabilities: kernel.capabilities,
    controlUrl: control.url,
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  }
}

/** 127.10.<site>.<device of the site>, both from 1. */
function byAddress(network: Network, { prefix, port }: { prefix: string; port: number }): Placement {
  const firstOfSite = new Map<number, number>()
  network.devices.forEach(({ site }, number) => {
    if (!firstOfSite.has(site)) firstOfSite.set(site, number)
  })
  return (number) => {
    const site = network.devices[number]?.site ?? 0
    const inSite = number - (firstOfSite.get(site) ?? 0)
    return { address: `${prefix}.${site + 1}.${inSite + 1}`, port }
  }
}

const byPort =
  (port: number): Placement =>
  (number) => ({ address: '127.0.0.1', port: port + number })

const credentialNames = { V1: 'Lab community', V2C: 'Lab community', V3: 'Lab SNMPv3 user' } as const

function describe(
  network: Network,
  { place, community }: { place: Placement; community: string },
): Pick<LabDescription, 'sites' | 'devices' | 'cables' | 'credentials'> {
  const credentials: LabCredential[] = [
    { name: credentialNames.V2C, secret: { kind: 'SNMP_COMMUNITY', community } },
    {
      name: credentialNames.V3,
      secret: { kind: 'SNMP_V3', ...user, authProtocol: 'SHA256', privProtocol: 'AES128' },
    },
  ]
  return {
    credentials,
    cables: network.links.map(({ a, b }) => ({ a: plugOf(network, a), b: plugOf(network, b) })),
    sites: network.sites.map(({ code: _code, ...site }): LabSite => site),
    devices: network.devices.map(({ name, product, site, tags, snmpVersion, role }, number) => {
      const { address, port: snmpPort } = place(number)
      return {
        name,
        address,
        snmpPort,
        site: network.sites[site]?.name ?? '',
        kind: product.kind,
        tags: [...tags],
        vendor: product.vendor,
        model: product.model,
        snmpVersion,
        pingOnly: role === 'printer' || (role === 'ups' && site === 0),
        credential: credentialNames[snmpVersion],
      }
    }),
  }
}

const plugOf = ({ devices }: Network, { device, port }: PlannedLink['a']): LabPlug => ({
  device: devices[device]?.name ?? '',
  port: devices[device]?.ports[port]?.name ?? '',
})

/** Settings of a lab that runs as a process of its own. */
export const labConfig = z.object({
  /** Number of simulated devices. */
  SOTP_LAB_DEVICES: integer({ min: 1, max: 5000, byDefault: 24 }),
  /** The same seed draws the same network. */
  SOTP_LAB_SEED: integer({ min: 0, max: 2 ** 31, byDefault: 1 }),
  /** UDP port of the SNMP agents. */
  SOTP_LAB_PORT: integer({ min: 1, max: 65_535, byDefault: labPorts.snmp }),
  /** TCP port of the control API on 127.0.0.1; 0 takes any free one. */
  SOTP_LAB_CONTROL_PORT: integer({ min: 0, max: 65_535, byDefault: labPorts.control }),
  /** UDP port of 127.0.0.1 that devices send traps to; 0: they send none. */
  SOTP_LAB_TRAP_PORT: integer({ min: 0, max: 65_535, byDefault: 0 }),
  /** First two octets of the devices' addresses. */
  SOTP_LAB_NETWORK: z
    .string()
    .regex(/^127\.([1-9]\d{0,2})$/)
    .default('127.10'),
  SOTP_LOG_LEVEL: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']).default('info'),
})

/** What a lab process tells its parent by IPC; without one, `lab.ready` goes to standard output as a line of JSON. */
export type LabMessage = { kind: 'lab.ready'; lab: LabDescription } | { kind: 'lab.failed'; message: string }

export interface RunOptions {
  tell: (message: LabMessage) => void
  /** Ends the lab when it is resolved. */
  stop: Promise<void>
  env?: Environment
}

/** Runs a lab until it is told to stop. @returns the exit code: 0, 1 it failed, 78 its settings are not valid */
export async function runLab({ tell, stop, env = process.env }: RunOptions): Promise<number> {
  try {
    const config = readConfig(labConfig, env)
    await using lab = await startLab({
      devices: config.SOTP_LAB_DEVICES,
      seed: config.SOTP_LAB_SEED,
      port: config.SOTP_LAB_PORT,
      controlPort: config.SOTP_LAB_CONTROL_PORT,
      trapPort: config.SOTP_LAB_TRAP_PORT,
      network: config.SOTP_LAB_NETWORK,
      log: createLog('lab', config.SOTP_LOG_LEVEL),
    })
    const { [Symbol.asyncDispose]: _dispose, ...description } = lab
    tell({ kind: 'lab.ready', lab: description })
    await stop
    return 0
  } catch (error) {
    tell({ kind: 'lab.failed', message: error instanceof Error ? error.message : String(error) })
    return error instanceof ConfigError ? 78 : 1
  }
}

/** Tells the parent by IPC, or whoever reads standard output. */
function tellOutside(message: LabMessage): void {
  if (process.send) process.send(message)
  else if (message.kind === 'lab.ready') process.stdout.write(`${JSON.stringify(message)}\n`)
  else process.stderr.write(`${message.message}\n`)
}

if (import.meta.main) {
  // The end of the parent ends the lab too: nobody else would stop it.
  const stop = new Promise<void>((resolve) => {
    for (const event of ['SIGTERM', 'SIGINT', 'disconnect']) process.once(event, () => resolve())
  })
  process.exitCode = await runLab({ tell: tellOutside, stop })
  if (process.connected) process.disconnect?.()
}
