import * as z from 'zod'

import type { Device } from './device.js'
import type { KernelFaults } from './kernel.js'
import { notificationName } from './notifications.js'
import type { Port, PortFault } from './port.js'
import type { Traps } from './traps.js'
import type { World } from './world.js'

const port = z.string().min(1).describe('name of the port, as GigabitEthernet1/0/3 or Gi1/0/3')

/** Everything that can be done to a device. */
export const faultAction = z.discriminatedUnion('action', [
  z.strictObject({ action: z.literal('down') }),
  z.strictObject({ action: z.literal('up') }),
  z.strictObject({ action: z.literal('slow'), ms: z.int().min(0).max(60_000) }),
  z.strictObject({ action: z.literal('loss'), ratio: z.number().min(0).max(1) }),
  z.strictObject({ action: z.literal('reboot'), seconds: z.number().min(0).max(600).default(8) }),
  z.strictObject({ action: z.literal('flap'), port, seconds: z.number().min(0.1).max(3600).default(10) }),
  z.strictObject({ action: z.literal('port-down'), port }),
  z.strictObject({ action: z.literal('port-up'), port }),
  z.strictObject({ action: z.literal('saturate'), port }),
  z.strictObject({ action: z.literal('trap'), name: notificationName }),
  z.strictObject({ action: z.literal('plug'), port, to: z.string().min(1), toPort: port }),
])
export type FaultAction = z.infer<typeof faultAction>
export const faultNames = faultAction.options.map(({ shape }) => shape.action.value)

/** The action cannot be done; the message says why and what would work. */
export class FaultError extends Error {
  override readonly name = 'FaultError'
}

/** Does to devices what breaks them, and undoes it. */
export class Faults implements AsyncDisposable {
  readonly #reboots = new Map<Device, NodeJS.Timeout>()
  readonly #flaps = new Map<Port, NodeJS.Timeout>()

  constructor(
    readonly world: World,
    readonly kernel: KernelFaults,
    readonly traps: Traps,
  ) {}

  /**
   * Acts at `at` (Unix, ms). @returns what an operator must know about it, as that ICMP goes on
   * @throws FaultError
   */
  async act(device: Device, action: FaultAction, at = Date.now()): Promise<string[]> {
    switch (action.action) {
      case 'down':
        this.#cancelReboot(device)
        return this.#setDown(device, true, at)
      case 'up':
        this.#cancelReboot(device)
        device.slowMs = 0
        await this.#setLoss(device, 0)
        return this.#setDown(device, false, at)
      case 'slow':
        device.slowMs = action.ms
        return action.ms > 0 ? ['SNMP answers late; ICMP echo is answered by the kernel and stays fast'] : []
      case 'loss':
        return this.#setLoss(device, action.ratio)
      case 'trap':
        return this.#trap(device, action.name)
      case 'reboot':
        return this.#reboot(device, action.seconds, at)
      case 'plug':
        this.#plug(device, action, at)
        return []
      default:
        this.#onPort(device, action, at)
        return []
    }
  }

  async #setDown(device: Device, isDown: boolean, at: number): Promise<string[]> {
    device.isDown = isDown
    this.world.refresh(device, at)
    await this.kernel.setDown(device.address, isDown)
    const { icmpDown, reason } = this.kernel.capabilities
    return isDown && !icmpDown ? [`ICMP echo of ${device.address} is still answered: ${reason}`] : []
  }

  async #setLoss(device: Device, ratio: number): Promise<string[]> {
    device.lossRatio = ratio
    await this.kernel.setLoss(device.address, ratio)
    const { icmpLoss, reason } = this.kernel.capabilities
    return ratio > 0 && !icmpLoss ? [`ICMP echo of ${device.address} loses nothing: ${reason}`] : []
  }

  async #reboot(device: Device, seconds: number, at: number): Promise<string[]> {
    if (device.isDown && !this.#reboots.has(device))
      throw new FaultError(`${device.plan.name} is down; bring it up instead`)
    this.#cancelReboot(device)
    const notes = await this.#setDown(device, true, at)
    const comeBack = async () => {
      this.#reboots.delete(device)
      const now = Math.max(at, Date.now())
      device.reboot(now)
      await this.#setDown(device, false, now)
      this.world.happened(device, 'coldStart')
    }
    if (seconds === 0) await comeBack()
    else {
      const timer = setTimeout(() => {
        comeBack().catch(() => {})
      }, seconds * 1000)
      this.#reboots.set(device, timer.unref())
    }
    return notes
  }

  #trap(device: Device, name: z.infer<typeof notificationName>): string[] {
    if (device.isDown) throw new FaultError(`${device.plan.name} is down, so it sends nothing`)
    this.traps.send(device, name)
    return this.traps.target ? [] : ['traps go nowhere: SOTP_LAB_TRAP_PORT is not set']
  }

  #cancelReboot(device: Device): void {
    clearTimeout(this.#reboots.get(device))
    this.#reboots.delete(device)
  }

  /** Moves a cable: whatever was plugged into both ports is pulled out. */
  #plug(
    device: Device,
    { port: name, to, toPort }: Extract<FaultAction, { action: 'plug' }>,
    at: number,
  ): void {
    const far = this.world.device(to)
    if (!far || far === device) throw new FaultError(`there is no other device "${to}"`)
    const [a, b] = [portOf(device, name), portOf(far, toPort)]
    this.world.plug({ device, port: a }, { device: far, port: b }, at)
  }

  #onPort(
    device: Device,
    action: Exclude<Extract<FaultAction, { port: string }>, { action: 'plug' }>,
    at: number,
  ): void {
    const found = portOf(device, action.port)
    if (action.action === 'saturate' && !found.isUp)
      throw new FaultError(`${action.port} is not up, so nothing can flow there`)
    const faults = {
      flap: 'flapping',
      'port-down': 'down',
      'port-up': 'none',
      saturate: 'saturated',
    } as const
    this.#setPort(device, found, { fault: faults[action.action], at })
    if (action.action === 'flap') this.#flap(device, found, action.seconds)
  }

  #setPort(device: Device, port: Port, { fault, at }: { fault: PortFault; at: number }): void {
    clearInterval(this.#flaps.get(port))
    this.#flaps.delete(port)
    port.fault = fault
    port.isFlappedDown = false
    this.world.refreshPort(device, port, at)
  }

  /** Goes down at once, and changes every `seconds` from then on. */
  #flap(device: Device, port: Port, seconds: number): void {
    const turn = () => {
      port.isFlappedDown = !port.isFlappedDown
      this.world.refreshPort(device, port, Date.now())
    }
    turn()
    this.#flaps.set(port, setInterval(turn, seconds * 1000).unref())
  }

  isRebooting(device: Device): boolean {
    return this.#reboots.has(device)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const timer of [...this.#reboots.values(), ...this.#flaps.values()]) clearTimeout(timer)
    this.#reboots.clear()
    this.#flaps.clear()
  }
}

function portOf(device: Device, name: string): Port {
  const found = device.port(name)
  if (found) return found
  const names = device.ports.map(({ plan }) => plan.name)
  throw new FaultError(
    `${device.plan.name} has no port "${name}"; it has ${names.slice(0, 8).join(', ')}${names.length > 8 ? ' and others' : ''}`,
  )
}
