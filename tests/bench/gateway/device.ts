/** A device of the bench's graph; its figures follow from its number, so that every gateway must answer alike. */
export interface Device {
  id: string
  name: string
  site: { name: string }
  cpu: number
  status: string
}

export const devices: readonly Device[] = Array.from({ length: 200 }, (_, n) => ({
  id: `device-${n}`,
  name: `access-switch-${n}.example.net`,
  site: { name: `Site ${n % 12}` },
  cpu: (n % 97) / 100,
  status: n % 17 === 0 ? 'DOWN' : 'UP',
}))

export const deviceById: ReadonlyMap<string, Device> = new Map(devices.map((device) => [device.id, device]))

/** What an event tells of a device, as the product's own does. */
export const stateOf = (seq: number) => ({
  reachability: seq % 17 === 0 ? 'DOWN' : 'UP',
  reason: 'OK',
  since: 1_790_000_000_000 + seq,
  rttMs: 1.25 + (seq % 100) / 8,
  lossRatio: 0,
  jitterMs: 0.125,
  cpuRatio: (seq % 97) / 100,
  memoryRatio: 0.5,
  uptimeSeconds: 8_640_000 + seq,
  lastPolledAt: 1_790_000_000_000 + seq,
})
