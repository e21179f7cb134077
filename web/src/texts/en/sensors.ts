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
  count: {
    one: '{n} sensor',
    other: '{n} sensors',
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
    lowCritical: 'critical at {value} or less',
    lowWarning: 'warns at {value} or less',
    highWarning: 'warns at {value}',
    highCritical: 'critical at {value}',
  },
  noLimits: 'no limits told',
  ofPort: 'on {port}',
  spark: 'The last six hours: lowest {min}, highest {max}.',
  noHistory: 'It only tells its state: there are no values to draw.',
  read: 'read {ago}',
} as const
