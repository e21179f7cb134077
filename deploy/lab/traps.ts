import type { Device } from './device.js'
import { encoded, type NotificationName, notifications, type Variable } from './notifications.js'
import type { Port } from './port.js'
import { tags } from './snmp/ber.js'
import { localizeKeys, type UsmUser } from './snmp/usm.js'
import { writeV3 } from './snmp/v3.js'
import { MessageWriter } from './snmp/writer.js'

const nothing = Buffer.alloc(0)
const ifEntry = '1.3.6.1.2.1.2.2.1'

/** Sends the traps of devices, each in the version of SNMP that the device is polled with, from its own address. */
export class Traps {
  readonly #writer = new MessageWriter()
  #requestId = 1

  /** @param target where traps go; undefined: nowhere */
  constructor(
    readonly target: { address: string; port: number } | undefined,
    private readonly community: string,
    private readonly user: UsmUser,
  ) {}

  /** A device that is down sends nothing. */
  send(
    device: Device,
    name: NotificationName,
    port: Port | undefined = device.ports[0],
    at = Date.now(),
  ): void {
    if (!this.target || device.isDown) return
    const { oid, generic, variables } = notifications[name]
    const all = variables ?? (name.startsWith('link') && port ? ofPort(port) : [])
    const version = device.plan.snmpVersion
    this.#writer.reset()
    const isV1 = version === 'V1' && generic !== undefined
    if (isV1) this.#pduV1(device, generic, all, at)
    else this.#pduV2(oid, all, device.ticks(at))
    const message = version === 'V3' ? this.#v3(device, at) : this.#community(isV1 ? 0 : 1)
    device.send(message, this.target.port, this.target.address)
  }

  #variables(variables: readonly Variable[]): void {
    for (const { oid, tag, value } of variables) this.#writer.variable(encoded(oid), nothing, tag, value)
  }

  /** RFC 3416 §4.2.6. */
  #pduV2(oid: string, variables: readonly Variable[], ticks: number): void {
    this.#variables([
      { oid: '1.3.6.1.2.1.1.3.0', tag: tags.timeTicks, value: ticks },
      { oid: '1.3.6.1.6.3.1.1.4.1.0', tag: tags.oid, value: encoded(oid) },
      ...variables,
    ])
    this.#writer.wrap(tags.sequence)
    this.#writer.prependInteger(0)
    this.#writer.prependInteger(0)
    this.#writer.prependInteger(this.#requestId++)
    this.#writer.wrap(tags.trapV2)
  }

  /** RFC 1157 §4.1.6. */
  #pduV1(device: Device, generic: number, variables: readonly Variable[], at: number): void {
    this.#variables(variables)
    this.#writer.wrap(tags.sequence)
    this.#writer.prependInteger(device.ticks(at), tags.timeTicks)
    this.#writer.prependInteger(0)
    this.#writer.prependInteger(generic)
    this.#writer.prependOctets(Buffer.from(device.address.split('.').map(Number)), tags.ipAddress)
    this.#writer.prependOctets(encoded(device.plan.product.sysObjectId), tags.oid)
    this.#writer.wrap(tags.trapV1)
  }

  #community(version: 0 | 1): Buffer {
    this.#writer.prependOctets(Buffer.from(this.community))
    this.#writer.prependInteger(version)
    this.#writer.wrap(tags.sequence)
    return this.#writer.bytes
  }

  /** The sender of a trap is its authoritative engine (RFC 3414 §1.5.1). */
  #v3({ agent }: Device, at: number): Buffer {
    const { engineId, messageBytesMax } = agent.options
    const keys = localizeKeys(this.user, engineId)
    return writeV3(this.#writer, {
      messageId: this.#requestId,
      messageBytesMax,
      engineId,
      boots: agent.boots,
      time: agent.engineTime(at),
      username: Buffer.from(this.user.username),
      authKey: keys.auth,
      privKey: keys.priv,
    })
  }
}

/** ifIndex, ifAdminStatus and ifOperStatus (RFC 2863), and the name, as most vendors add it. */
const ofPort = ({ ifIndex, plan, adminUp, isUp }: Port): Variable[] => [
  { oid: `${ifEntry}.1.${ifIndex}`, tag: tags.integer, value: ifIndex },
  { oid: `${ifEntry}.7.${ifIndex}`, tag: tags.integer, value: adminUp ? 1 : 2 },
  { oid: `${ifEntry}.8.${ifIndex}`, tag: tags.integer, value: isUp ? 1 : 2 },
  { oid: `1.3.6.1.2.1.31.1.1.1.1.${ifIndex}`, tag: tags.octets, value: Buffer.from(plan.name) },
]
