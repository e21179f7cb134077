import type { SensorKind } from '../gql/graphql'
import type { Sensor } from '../live/sensor-readings'
import type { Words } from '../texts/language'

const symbols: Readonly<Record<string, string>> = {
  Cel: '°C',
  rpm: 'rpm',
  W: 'W',
  V: 'V',
  A: 'A',
  dBm: 'dBm',
}

/** A value with its unit, as `27.4 °C` or `64 %`. */
export function sensorValue(
  { format }: Words,
  unit: string | null,
  value: number | null | undefined,
): string {
  if (value == null) return '–'
  if (unit === 'ratio') return format.percent(value)
  if (unit === 'A' && Math.abs(value) < 1) return `${format.number(value * 1000)} mA`
  const shown = unit === 'rpm' ? format.integer(value) : format.number(value)
  return unit ? `${shown} ${symbols[unit] ?? unit}` : shown
}

/** Kinds that are shown together, in this order. */
export const sensorGroups = {
  temperature: ['TEMPERATURE'],
  fans: ['FAN'],
  power: ['POWER', 'LOAD', 'VOLTAGE', 'CURRENT'],
  optics: ['OPTICAL'],
  levels: ['LEVEL'],
  environment: ['HUMIDITY'],
} as const satisfies Record<string, readonly SensorKind[]>
export type SensorGroup = keyof typeof sensorGroups
export const groupNames = Object.keys(sensorGroups) as SensorGroup[]

export const limitNames = ['lowCritical', 'lowWarning', 'highWarning', 'highCritical'] as const
export type LimitName = (typeof limitNames)[number]

/** The limits that a sensor has, smallest first. */
export const limitsOf = (sensor: Sensor): { name: LimitName; value: number }[] =>
  limitNames.flatMap((name) => {
    const value = sensor[name]
    return value === null ? [] : [{ name, value }]
  })
