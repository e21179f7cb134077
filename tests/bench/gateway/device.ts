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
