import type { SensorPart } from './vendor.js'

/** Sensors that many products have, to be named as each vendor does. */
export const temperature = (
  name: string,
  [idle, busy]: readonly [number, number],
  [warning, critical]: readonly [number?, number?] = [],
): SensorPart => ({
  kind: 'temperature',
  name,
  idle,
  busy,
  ...(warning !== undefined && { warning }),
  ...(critical !== undefined && { critical }),
})
export const fan = (name: string, idle: number, busy: number): SensorPart => ({
  kind: 'fan',
  name,
  idle,
  busy,
})
export const supply = (name: string): SensorPart => ({ kind: 'supply', name, idle: 0, busy: 0 })
export const measured = (
  kind: 'power' | 'voltage' | 'current' | 'charge' | 'load' | 'toner',
  name: string,
  [idle, busy]: readonly [number, number],
): SensorPart => ({ kind, name, idle, busy })

/** Receive and transmit power of an optical module; light gets weaker where fibres get warm. */
export const optic = (port: string, names: { rx: string; tx: string }): SensorPart[] => [
  {
    kind: 'optical',
    name: names.rx,
    port,
    way: 'rx',
    idle: -4.2,
    busy: -5.6,
    lowCritical: -13.9,
    lowWarning: -9.9,
    warning: -1,
    critical: 2,
  },
  { kind: 'optical', name: names.tx, port, way: 'tx', idle: -2.2, busy: -2.6 },
]
