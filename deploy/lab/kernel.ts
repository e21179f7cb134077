import { spawn } from 'node:child_process'

import type { Log } from '#core/service/log.js'

/**
 * The kernel, not our agents, answers ICMP echo for every 127.x address. These are the means to stop it: a netfilter
 * table of our own where nft works (silence, as a dead device), else blackhole routes (the sender gets an error).
 * Nothing outside the lab's own addresses is ever named in a rule.
 */
export interface KernelFaults extends AsyncDisposable {
  capabilities: Capabilities
  /** Whether `address` answers nothing at all. */
  setDown(address: string, isDown: boolean): Promise<void>
  /** Share of echo requests to `address` that are lost, 0 to 1. */
  setLoss(address: string, ratio: number): Promise<void>
}

export interface Capabilities {
  /** A device that is taken down stops answering ICMP echo, too. */
  icmpDown: boolean
  /** A lossy device loses ICMP echo requests, too. */
  icmpLoss: boolean
  /** Why not, in words; null when both work. */
  reason: string | null
}

const none = (reason: string): KernelFaults => ({
  capabilities: { icmpDown: false, icmpLoss: false, reason },
  async setDown() {},
  async setLoss() {},
  async [Symbol.asyncDispose]() {},
})

/** Finds out what works here. `network` is the first two octets of the lab's addresses; undefined: it has none of its own. */
export async function openKernelFaults({
  network,
  devices = [],
  tools = ['nft', 'ip'],
  log,
}: {
  network: string | undefined
  /** Addresses that have a device; with netfilter the others of the network are silent, as in a real one. */
  devices?: readonly string[]
  /** Which tools may be used, the better first. */
  tools?: readonly ('nft' | 'ip')[]
  log: Log
}): Promise<KernelFaults> {
  if (network === undefined) return none('all devices share 127.0.0.1, which must go on answering')
  if (process.platform !== 'linux') return none(`there is no way to stop it on ${process.platform}`)
  if (process.geteuid?.() !== 0) return none('that takes root')
  await removeRoutes(network)
  for (const tool of tools) {
    try {
      return await (tool === 'nft' ? openNetfilter(network, devices) : openRoutes(network))
    } catch (error) {
      log.debug({ err: error, tool }, 'this tool does not work here')
    }
  }
  return none(
    'neither nft nor ip route works here (are nftables or iproute2 installed, and is NET_ADMIN granted?)',
  )
}

function assertOwn(network: string, address: string): void {
  if (!address.startsWith(`${network}.`)) throw new Error(`${address} is not an address of this lab`)
}

const tableName = (network: string) =>
  network === '127.10' ? 'sotp_lab' : `sotp_lab_${network.replace('.', '_')}`

async function openNetfilter(network: string, devices: readonly string[]): Promise<KernelFaults> {
  const table = tableName(network)
  const down = new Set<string>()
  const loss = new Map<string, number>()
  const remove = `table ip ${table}\ndelete table ip ${table}\n`
  const lossRule = (address: string, ratio: number) =>
    `    ip daddr ${address} icmp type echo-request numgen random mod 1000 < ${Math.round(ratio * 1000)} drop`
  const isTaken = devices.length > 0
  const rules = () =>
    [
      `${remove}table ip ${table} {`,
      ...(isTaken ? [`  set taken { type ipv4_addr; elements = { ${devices.join(', ')} } }`] : []),
      '  chain input {',
      '    type filter hook input priority 0; policy accept;',
      ...(isTaken ? [`    ip daddr ${network}.0.0/16 ip daddr != @taken icmp type echo-request drop`] : []),
      ...(down.size > 0 ? [`    ip daddr { ${[...down].join(', ')} } drop`] : []),
      ...[...loss].map(([address, ratio]) => lossRule(address, ratio)),
      '  }',
      '}',
      '',
    ].join('\n')
  // One transaction at a time, each with the whole state at its turn.
  let turn: Promise<unknown> = Promise.resolve()
  const apply = () => {
    const mine = turn.then(() => run('nft', ['-f', '-'], rules()))
    turn = mine.catch(() => {})
    return mine
  }
  loss.set(`${network}.0.0`, 0.001)
  let icmpLoss = true
  try {
    await apply()
  } catch {
    icmpLoss = false
  }
  loss.clear()
  await apply()
  return {
    capabilities: {
      icmpDown: true,
      icmpLoss,
      reason: icmpLoss ? null : 'this kernel has no random numbers in netfilter, so ICMP echo is never lost',
    },
    async setDown(address, isDown) {
      assertOwn(network, address)
      if (down.has(address) === isDown) return
      if (isDown) down.add(address)
      else down.delete(address)
      await apply()
    },
    async setLoss(address, ratio) {
      assertOwn(network, address)
      if (!icmpLoss || (loss.get(address) ?? 0) === ratio) return
      if (ratio > 0) loss.set(address, ratio)
      else loss.delete(address)
      await apply()
    },
    async [Symbol.asyncDispose]() {
      await turn
      await run('nft', ['-f', '-'], remove).catch(() => {})
    },
  }
}

async function openRoutes(network: string): Promise<KernelFaults> {
  const route = (verb: 'add' | 'del', address: string) =>
    run('ip', ['route', verb, 'blackhole', `${address}/32`, 'table', 'local'])
  await route('add', `${network}.0.0`)
  await route('del', `${network}.0.0`)
  const down = new Set<string>()
  return {
    capabilities: { icmpDown: true, icmpLoss: false, reason: 'without nft, ICMP echo is never lost' },
    async setDown(address, isDown) {
      assertOwn(network, address)
      if (down.has(address) === isDown) return
      await route(isDown ? 'add' : 'del', address)
      if (isDown) down.add(address)
      else down.delete(address)
    },
    async setLoss() {},
    async [Symbol.asyncDispose]() {
      await removeRoutes(network)
    },
  }
}

/** Removes blackholes of our addresses, also those that a killed lab left behind. */
async function removeRoutes(network: string): Promise<void> {
  const routes = await run('ip', ['-4', 'route', 'show', 'table', 'local', 'type', 'blackhole']).catch(
    () => '',
  )
  for (const [, address = ''] of routes.matchAll(/^blackhole (\d+\.\d+\.\d+\.\d+)/gm)) {
    if (address.startsWith(`${network}.`))
      await run('ip', ['route', 'del', 'blackhole', `${address}/32`, 'table', 'local']).catch(() => {})
  }
}

/** Runs a system tool. @throws Error with its own words @returns what it printed */
function run(program: string, args: readonly string[], input = ''): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      stdio: ['pipe', 'pipe', 'pipe'],
      env: { PATH: `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin`, LC_ALL: 'C' },
    })
    let out = ''
    let complaints = ''
    child.stdout.on('data', (chunk: Buffer) => {
      out += chunk.toString()
    })
    child.stderr.on('data', (chunk: Buffer) => {
      complaints += chunk.toString()
    })
    child.once('error', reject)
    child.once('close', (code) =>
      code === 0 ? resolve(out) : reject(new Error(`${program} ended with ${code}: ${complaints.trim()}`)),
    )
    child.stdin.on('error', () => {})
    child.stdin.end(input)
  })
}
