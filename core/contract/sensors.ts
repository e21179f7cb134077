import * as z from 'zod'

import type { MetricName } from './metrics.js'

/** What a sensor measures. A fan or a power supply that only tells whether it works is one, too. */
export const sensorKind = z.enum([
  'TEMPERATURE',
  'FAN',
  'POWER',
  'VOLTAGE',
  'CURRENT',
  'HUMIDITY',
  'OPTICAL',
  'LEVEL',
  'LOAD',
])
export type SensorKind = z.infer<typeof sensorKind>

/** Metric of a sensor's values, by what it measures; its unit is the metric's. */
export const sensorMetrics = {
  TEMPERATURE: 'sensor.temperature',
  FAN: 'sensor.fan',
  POWER: 'sensor.power',
  VOLTAGE: 'sensor.voltage',
  CURRENT: 'sensor.current',
  HUMIDITY: 'sensor.humidity',
  OPTICAL: 'sensor.optical',
  LEVEL: 'sensor.level',
  LOAD: 'sensor.load',
} as const satisfies Record<SensorKind, MetricName>

/** How a sensor is, by the word of its device, else by its limits. */
export const sensorStatus = z.enum(['OK', 'WARNING', 'CRITICAL'])
export type SensorStatus = z.infer<typeof sensorStatus>

/** Values of metric `sensor.state`. */
export const sensorStatusValue = { OK: 0, WARNING: 1, CRITICAL: 2 } as const satisfies Record<
  SensorStatus,
  number
>

/** Bounds of a sensor's values, in the unit of its metric. Null: there is none, or the device does not tell it. */
export const sensorLimits = z.object({
  lowCritical: z.number().nullable(),
  lowWarning: z.number().nullable(),
  highWarning: z.number().nullable(),
  highCritical: z.number().nullable(),
})
export type SensorLimits = z.infer<typeof sensorLimits>

/** One sensor as an agent reported it. `key` is its identity within the device: where it is told, and its name. */
export const sensorFacts = z.object({
  id: z.uuid(),
  key: z.string(),
  kind: sensorKind,
  name: z.string(),
  measures: z.boolean().describe('false: it only tells its state'),
  interfaceId: z.uuid().nullable().describe('the port it belongs to, as an optical module does'),
  limits: sensorLimits,
})
export type SensorFacts = z.infer<typeof sensorFacts>
