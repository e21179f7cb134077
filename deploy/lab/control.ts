import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import * as z from 'zod'

import { listen } from '#core/service/health.js'
import type { Log } from '#core/service/log.js'

import type { Device } from './device.js'
import { FaultError, type Faults, faultAction, faultNames } from './faults.js'
import type { World } from './world.js'

export interface ControlOptions {
  world: World
  faults: Faults
  /** 0: any free port. */
  port: number
  log: Log
}

/** An answer: HTTP status and what is sent as JSON. */
interface Answer {
  status: number
  body: unknown
}
const refuse = (status: number, error: string): Answer => ({ status, body: { error } })

/**
 * The control API, on 127.0.0.1 only:
 * `GET /` the whole lab, `GET /devices` and `GET /devices/<name>` states, `POST /devices/<name>/<action>` with a JSON
 * body of the action's parameters. Errors are `{ "error": "what was wrong" }`.
 */
export async function serveControl(options: ControlOptions): Promise<{ url: string } & AsyncDisposable> {
  const server = createServer((request, response) => {
    handle(request, options)
      .catch((error: unknown) => {
        options.log.error({ err: error }, 'the control API failed')
        return refuse(500, 'the lab failed; its log says why')
      })
      .then((answer) => send(response, answer))
      .catch(() => response.destroy())
  })
  await listen(server, options.port, '127.0.0.1')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

function send(response: ServerResponse, { status, body }: Answer): void {
  response.writeHead(status, { 'content-type': 'application/json; charset=utf-8' })
  response.end(`${JSON.stringify(body)}\n`)
}

async function handle(request: IncomingMessage, options: ControlOptions): Promise<Answer> {
  // A web page in the operator's browser must not reach this: it can neither name this host nor send JSON unasked.
  if (!/^(127\.0\.0\.1|localhost)(:\d+)?$/.test(request.headers.host ?? ''))
    return refuse(403, 'the Host header must be 127.0.0.1 or localhost')
  const { pathname } = new URL(request.url ?? '/', 'http://127.0.0.1')
  const parts = pathname.split('/').filter(Boolean).map(decodeURIComponent)
  const [collection, name, action, ...rest] = parts
  if (request.method === 'GET' && collection === undefined) return { status: 200, body: describeLab(options) }
  if (collection !== 'devices' || rest.length > 0) return refuse(404, `there is no ${pathname}`)
  if (name === undefined) {
    return { status: 200, body: options.world.devices.map((device) => describeDevice(device, options)) }
  }
  const device = options.world.device(name)
  if (!device) return refuse(404, `there is no device "${name}"; GET /devices lists them`)
  if (action === undefined) {
    return { status: 200, body: { ...describeDevice(device, options), ports: describePorts(device) } }
  }
  if (request.method !== 'POST') return refuse(405, 'an action needs POST')
  if (!request.headers['content-type']?.startsWith('application/json'))
    return refuse(415, 'the body must be application/json')
  return act({ device, action, body: await readBody(request) }, options)
}

async function act(
  { device, action, body }: { device: Device; action: string; body: string },
  options: ControlOptions,
): Promise<Answer> {
  if (!faultNames.includes(action as never))
    return refuse(404, `there is no action "${action}"; there are ${faultNames.join(', ')}`)
  let given: unknown
  try {
    given = body.trim() === '' ? {} : JSON.parse(body)
  } catch {
    return refuse(400, 'the body is not JSON')
  }
  const parsed = faultAction.safeParse({
    ...z.record(z.string(), z.unknown()).catch({}).parse(given),
    action,
  })
  if (!parsed.success) {
    const [issue] = parsed.error.issues
    return refuse(400, `${action}: ${issue?.path.join('.') || 'body'}: ${issue?.message ?? 'not valid'}`)
  }
  try {
    const notes = await options.faults.act(device, parsed.data)
    options.log.info({ device: device.plan.name, ...parsed.data }, 'fault')
    return { status: 200, body: { device: describeDevice(device, options), notes } }
  } catch (error) {
    if (error instanceof FaultError) return refuse(409, error.message)
    throw error
  }
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > 64 * 1024) throw new Error('the body is too large')
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString()
}

function describeLab({ world, faults }: ControlOptions) {
  const totals = { requests: 0, malformed: 0, refused: 0 }
  for (const { agent } of world.devices) {
    const { received, parseErrors, badVersions, badCommunities, wrongDigests, unknownUsers } = agent.counts
    totals.requests += received
    totals.malformed += parseErrors + badVersions
    totals.refused += badCommunities + wrongDigests + unknownUsers
  }
  return {
    devices: world.devices.length,
    down: world.devices.filter(({ isDown }) => isDown).length,
    sites: new Set(world.devices.map(({ site }) => site.name)).size,
    ports: world.devices.reduce((sum, { ports }) => sum + ports.length, 0),
    ...totals,
    capabilities: faults.kernel.capabilities,
  }
}

function describeDevice(device: Device, { faults }: ControlOptions) {
  const { plan, site, address, snmpPort, slowMs, lossRatio } = device
  const faulty = device.ports.filter(({ fault }) => fault !== 'none')
  return {
    name: plan.name,
    address,
    snmpPort,
    site: site.name,
    kind: plan.product.kind,
    model: plan.product.model,
    snmpVersion: plan.snmpVersion,
    state: faults.isRebooting(device) ? 'rebooting' : device.isDown ? 'down' : 'up',
    slowMs,
    lossRatio,
    uptimeSeconds: Math.floor(device.ticks(Date.now()) / 100),
    portFaults: faulty.map(({ plan: { name }, fault }) => ({ port: name, fault })),
  }
}

const describePorts = (device: Device) => {
  const at = Date.now()
  return device.ports.map((port) => {
    const { inOctets, outOctets } = port.counters(at)
    return {
      name: port.plan.name,
      ifIndex: port.ifIndex,
      isUp: port.isUp,
      fault: port.fault,
      speedMbps: port.plan.speedMbps,
      alias: port.plan.alias,
      neighbour: port.peer ? `${port.peer.device.plan.name} ${port.peer.port.plan.name}` : null,
      inOctets,
      outOctets,
    }
  })
}
