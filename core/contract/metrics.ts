import * as z from 'zod'

export const metricKind = z.enum(['GAUGE', 'RATE', 'STATE'])
export const metricScope = z.enum(['DEVICE', 'INTERFACE', 'SENSOR'])

interface Metric {
  unit: string
  kind: z.infer<typeof metricKind>
  scope: z.infer<typeof metricScope>
  description: string
}

/**
 * Every metric SOTP stores, by name. Units are UCUM-like; a ratio is 0–1. A sample of an INTERFACE metric has
 * the interface's id as its instance, one of a SENSOR metric the sensor's, one of a DEVICE metric has none.
 */
export const metrics = {
  'device.up': {
    unit: '1',
    kind: 'STATE',
    scope: 'DEVICE',
    description:
      '1 while the device is UP or DEGRADED, 0 while it is DOWN or UNREACHABLE; no sample while UNKNOWN.',
  },
  'icmp.rtt': {
    unit: 'ms',
    kind: 'GAUGE',
    scope: 'DEVICE',
    description: 'Mean ICMP echo round-trip time of one poll.',
  },
  'icmp.rtt.min': {
    unit: 'ms',
    kind: 'GAUGE',
    scope: 'DEVICE',
    description: 'Shortest ICMP echo round-trip time of one poll.',
  },
  'icmp.rtt.max': {
    unit: 'ms',
    kind: 'GAUGE',
    scope: 'DEVICE',
    description: 'Longest ICMP echo round-trip time of one poll.',
  },
  'icmp.jitter': {
    unit: 'ms',
    kind: 'GAUGE',
    scope: 'DEVICE',
    description: 'Mean absolute difference of consecutive round-trip times of one poll.',
  },
  'icmp.loss': {
    unit: 'ratio',
    kind: 'GAUGE',
    scope: 'DEVICE',
    description: 'Share of ICMP echo requests of one poll that got no reply, 0 to 1.',
  },
  'system.uptime': {
    unit: 's',
    kind: 'GAUGE',
    scope: 'DEVICE',
    description: 'Time since the SNMP agent started (sysUpTime), corrected for its wrap at 497 days.',
  },
  'system.cpu': {
    unit: 'ratio',
    kind: 'GAUGE',
    scope: 'DEVICE',
    description: 'Mean processor load, 0 to 1 (hrProcessorLoad).',
  },
  'system.memory': {
    unit: 'ratio',
    kind: 'GAUGE',
    scope: 'DEVICE',
    description: 'Used share of physical memory, 0 to 1 (hrStorageTable).',
  },
  'snmp.response': {
    unit: 'ms',
    kind: 'GAUGE',
    scope: 'DEVICE',
    description: 'Time one complete SNMP poll of the device took.',
  },
  'if.in.bps': {
    unit: 'bit/s',
    kind: 'RATE',
    scope: 'INTERFACE',
    description: 'Received traffic (ifHCInOctets, else ifInOctets).',
  },
  'if.out.bps': {
    unit: 'bit/s',
    kind: 'RATE',
    scope: 'INTERFACE',
    description: 'Sent traffic (ifHCOutOctets, else ifOutOctets).',
  },
  'if.in.utilization': {
    unit: 'ratio',
    kind: 'RATE',
    scope: 'INTERFACE',
    description: 'Received traffic as a share of the line rate, 0 to 1.',
  },
  'if.out.utilization': {
    unit: 'ratio',
    kind: 'RATE',
    scope: 'INTERFACE',
    description: 'Sent traffic as a share of the line rate, 0 to 1.',
  },
  'if.in.errors': {
    unit: '1/s',
    kind: 'RATE',
    scope: 'INTERFACE',
    description: 'Received frames with errors (ifInErrors).',
  },
  'if.out.errors': {
    unit: '1/s',
    kind: 'RATE',
    scope: 'INTERFACE',
    description: 'Frames not sent because of errors (ifOutErrors).',
  },
  'if.in.discards': {
    unit: '1/s',
    kind: 'RATE',
    scope: 'INTERFACE',
    description: 'Received frames discarded without error (ifInDiscards).',
  },
  'if.out.discards': {
    unit: '1/s',
    kind: 'RATE',
    scope: 'INTERFACE',
    description: 'Frames to be sent, discarded without error (ifOutDiscards).',
  },
  'if.oper': {
    unit: '1',
    kind: 'STATE',
    scope: 'INTERFACE',
    description: '1 while ifOperStatus is up, else 0.',
  },
  'sensor.temperature': {
    unit: 'Cel',
    kind: 'GAUGE',
    scope: 'SENSOR',
    description: 'Temperature.',
  },
  'sensor.fan': {
    unit: 'rpm',
    kind: 'GAUGE',
    scope: 'SENSOR',
    description: 'Speed of a fan.',
  },
  'sensor.power': {
    unit: 'W',
    kind: 'GAUGE',
    scope: 'SENSOR',
    description: 'Power drawn or supplied.',
  },
  'sensor.voltage': {
    unit: 'V',
    kind: 'GAUGE',
    scope: 'SENSOR',
    description: 'Voltage.',
  },
  'sensor.current': {
    unit: 'A',
    kind: 'GAUGE',
    scope: 'SENSOR',
    description: 'Electric current.',
  },
  'sensor.humidity': {
    unit: 'ratio',
    kind: 'GAUGE',
    scope: 'SENSOR',
    description: 'Relative humidity, 0 to 1.',
  },
  'sensor.optical': {
    unit: 'dBm',
    kind: 'GAUGE',
    scope: 'SENSOR',
    description: 'Optical power received or sent.',
  },
  'sensor.level': {
    unit: 'ratio',
    kind: 'GAUGE',
    scope: 'SENSOR',
    description: 'How full a battery or a supply is, 0 to 1.',
  },
  'sensor.load': {
    unit: 'ratio',
    kind: 'GAUGE',
    scope: 'SENSOR',
    description: 'Used share of what a power supply can give, 0 to 1.',
  },
  'sensor.state': {
    unit: '1',
    kind: 'STATE',
    scope: 'SENSOR',
    description: '0 while the sensor is well, 1 for a warning, 2 when it is critical.',
  },
} as const satisfies Record<string, Metric>

export type MetricName = keyof typeof metrics
export const metricName = z.enum(Object.keys(metrics) as [MetricName, ...MetricName[]])
