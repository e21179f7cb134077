/** Words of the sensors of a device. */
export const sensors = {
  group: {
    temperature: 'Temperature',
    fans: 'Fans',
    power: 'Power',
    optics: 'Optical modules',
    environment: 'Humidity',
    levels: 'Batteries and supplies',
  },
  status: {
    OK: 'OK',
    WARNING: 'Warning',
    CRITICAL: 'Critical',
    unknown: 'No state',
  },
  none: 'No sensors known',
  noneHint:
    'Sensors come from SNMP, where the profile of the device says they are. Some devices have none, or tell none.',
  noMatch: 'No sensor matches.',
  search: 'Search sensor or port…',
  onlyBad: 'Only warnings',
  onlyBadHint: 'Shows sensors that are not OK',
  open: 'Show the history of {name}',
  close: 'Close the history of {name}',
  limit: {
    lowCritical: 'critical ≤ {value}',
    lowWarning: 'warning ≤ {value}',
    highWarning: 'warning ≥ {value}',
    highCritical: 'critical ≥ {value}',
  },
  ofPort: 'on {port}',
  spark: 'The last hour: lowest {min}, highest {max}.',
  noHistory: 'It only tells its state: there are no values to draw.',
} as const
