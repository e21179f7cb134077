import process from 'node:process'
import { parseArgs } from 'node:util'
import * as z from 'zod'

import { labPorts } from './main.js'

const help = `Usage: npm run lab -- <command>

  status                          the whole lab at a glance
  list                            every device and its state
  show <device>                   one device with its ports
  down <device>                   take it off: no SNMP, no ICMP, its links go down
  up <device>                     bring it back; ends slow and loss, too
  slow <device> <ms>              answer SNMP that much later (0 ends it)
  loss <device> <ratio>           lose that share of requests, 0 to 1 (0 ends it)
  reboot <device> [--seconds n]   off for n seconds (8), then uptime and counters
                                  start over and every ifIndex is another
  port-down <device> <port>       shut a port
  port-up <device> <port>         open it; ends flap and saturate, too
  flap <device> <port> [--seconds n]   down and up every n seconds (10)
  saturate <device> <port>        fill the line
  trap <device> <name>            have it send a trap, as upsTrapOnBattery; a name
                                  that there is not is answered with all there are
  plug <device> <port> <other device> <its port>   move a cable there

  --url <url>   control API (SOTP_LAB_CONTROL_URL, default http://127.0.0.1:${labPorts.control})
  --json        print what the API answered
`

/** Wrong use: printed with a hint at the help. */
class UsageError extends Error {}

const options = {
  url: { type: 'string' },
  seconds: { type: 'string' },
  json: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
} as const
type Flags = { url?: string | undefined; seconds?: string | undefined; json?: boolean | undefined }

const state = z.object({
  name: z.string(),
  address: z.string(),
  snmpPort: z.number(),
  site: z.string(),
  kind: z.string(),
  model: z.string(),
  snmpVersion: z.string(),
  state: z.string(),
  slowMs: z.number(),
  lossRatio: z.number(),
  uptimeSeconds: z.number(),
  portFaults: z.array(z.object({ port: z.string(), fault: z.string() })),
})
type State = z.infer<typeof state>
const portState = z.object({
  name: z.string(),
  ifIndex: z.number(),
  isUp: z.boolean(),
  fault: z.string(),
  speedMbps: z.number(),
  alias: z.string(),
})
const acted = z.object({ device: state, notes: z.array(z.string()) })

/** Parameters of each action that follow the device, in order. */
const actions: Record<string, readonly string[]> = {
  down: [],
  up: [],
  slow: ['ms'],
  loss: ['ratio'],
  reboot: [],
  flap: ['port'],
  'port-down': ['port'],
  'port-up': ['port'],
  saturate: ['port'],
  trap: ['name'],
  plug: ['port', 'to', 'toPort'],
}

/** Runs one command of `npm run lab`. @returns the exit code: 0, 1 it failed, 2 wrong use */
export async function runCli(argv: readonly string[], print: (text: string) => void): Promise<number> {
  try {
    const { values, positionals } = parse(argv)
    const [command, ...rest] = positionals
    if (values.help || command === undefined || command === 'help') print(help)
    else print(await run(command, rest, values))
    return values.help || command !== undefined ? 0 : 2
  } catch (error) {
    const usage = error instanceof UsageError
    print(`lab: ${error instanceof Error ? error.message : String(error)}\n`)
    if (usage) print('Try: npm run lab -- help\n')
    return usage ? 2 : 1
  }
}

function parse(argv: readonly string[]) {
  try {
    return parseArgs({ args: [...argv], options, allowPositionals: true })
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error))
  }
}

async function run(command: string, rest: readonly string[], flags: Flags): Promise<string> {
  const answerOf = (path: string, body?: unknown) => ask(flags, path, body)
  const show = <Schema extends z.ZodType>(
    answer: unknown,
    schema: Schema,
    text: (data: z.infer<Schema>) => string,
  ) => (flags.json ? `${JSON.stringify(answer, null, 2)}\n` : text(schema.parse(answer)))
  const [device] = rest
  if (command === 'status') {
    const fields = z.record(z.string(), z.unknown())
    return show(await answerOf('/'), fields, (lab) =>
      Object.entries(lab)
        .map(
          ([name, value]) =>
            `${name.padEnd(14)}${typeof value === 'object' ? JSON.stringify(value) : value}\n`,
        )
        .join(''),
    )
  }
  if (command === 'list') return show(await answerOf('/devices'), z.array(state), listDevices)
  const parameters = actions[command]
  if (!parameters && command !== 'show') throw new UsageError(`there is no command "${command}"`)
  if (device === undefined) throw new UsageError(`${command} needs a device; "list" shows them`)
  const path = `/devices/${encodeURIComponent(device)}`
  if (!parameters) {
    const whole = state.extend({ ports: z.array(portState) })
    return show(await answerOf(path), whole, (data) => `${listDevices([data])}\n${listPorts(data.ports)}`)
  }
  const body = bodyOf(command, parameters, rest.slice(1), flags)
  return show(await answerOf(`${path}/${command}`, body), acted, ({ device: after, notes }) =>
    [describeState(after), ...notes.map((note) => `note: ${note}`)].map((line) => `${line}\n`).join(''),
  )
}

function bodyOf(
  command: string,
  parameters: readonly string[],
  given: readonly string[],
  { seconds }: Flags,
): Record<string, unknown> {
  if (given.length > parameters.length) throw new UsageError(`${command}: "${given.at(-1)}" is too much`)
  const body: Record<string, unknown> = {}
  parameters.forEach((name, n) => {
    const text = given[n]
    if (text === undefined) throw new UsageError(`${command} needs <${name}>`)
    body[name] = name === 'port' || name === 'name' ? text : numberOf(text, name)
  })
  if (seconds !== undefined) body['seconds'] = numberOf(seconds, '--seconds')
  return body
}

function numberOf(text: string, name: string): number {
  const number = Number(text)
  if (text.trim() === '' || !Number.isFinite(number))
    throw new UsageError(`${name}: "${text}" is not a number`)
  return number
}

async function ask({ url }: Flags, path: string, body?: unknown): Promise<unknown> {
  const base =
    url ??
    process.env['SOTP_LAB_CONTROL_URL'] ??
    `http://127.0.0.1:${process.env['SOTP_LAB_CONTROL_PORT'] || labPorts.control}`
  const init = body && {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  }
  const response = await fetch(`${base}${path}`, init || {}).catch((cause: unknown) => {
    throw new Error(`no lab answers at ${base}; is it running ("npm start" without --no-lab)?`, { cause })
  })
  const answer: unknown = await response.json()
  if (!response.ok) throw new Error(z.object({ error: z.string() }).parse(answer).error)
  return answer
}

const describeState = ({ name, address, state: now, slowMs, lossRatio, portFaults }: State) =>
  [
    `${name} (${address}) is ${now}`,
    ...(slowMs > 0 ? [`${slowMs} ms slow`] : []),
    ...(lossRatio > 0 ? [`loses ${Math.round(lossRatio * 100)} %`] : []),
    ...portFaults.map(({ port, fault }) => `${port} ${fault}`),
  ].join(', ')

const listDevices = (devices: readonly State[]) =>
  table([
    ['NAME', 'ADDRESS', 'SITE', 'KIND', 'MODEL', 'SNMP', 'STATE', 'UPTIME'],
    ...devices.map((device) => [
      device.name,
      `${device.address}:${device.snmpPort}`,
      device.site,
      device.kind,
      device.model,
      device.snmpVersion,
      describeState(device).slice(`${device.name} (${device.address}) is `.length),
      `${Math.floor(device.uptimeSeconds / 86_400)}d ${new Date((device.uptimeSeconds % 86_400) * 1000).toISOString().slice(11, 19)}`,
    ]),
  ])

const listPorts = (ports: readonly z.infer<typeof portState>[]) =>
  table([
    ['PORT', 'IFINDEX', 'STATE', 'MBIT/S', 'ALIAS'],
    ...ports.map(({ name, ifIndex, isUp, fault, speedMbps, alias }) => [
      name,
      String(ifIndex),
      `${isUp ? 'up' : 'down'}${fault === 'none' ? '' : ` (${fault})`}`,
      String(speedMbps),
      alias,
    ]),
  ])

function table(rows: readonly (readonly string[])[]): string {
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? []
  return rows
    .map(
      (row) =>
        `${row
          .map((cell, n) => cell.padEnd(widths[n] ?? 0))
          .join('  ')
          .trimEnd()}\n`,
    )
    .join('')
}

if (import.meta.main) {
  process.exitCode = await runCli(process.argv.slice(2), (text) => process.stdout.write(text))
}
