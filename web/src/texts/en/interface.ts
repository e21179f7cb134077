/** Words of the page of one interface. */
export const interfaceWords = {
  trail: 'Where you are',
  missing: {
    title: 'There is no such interface',
    hint: 'The device may no longer report it, or the link is wrong.',
  },
  fact: {
    in: 'In',
    out: 'Out',
    errors: 'Errors/s',
    discards: 'Discards/s',
    changed: 'Last change',
    speed: 'Speed',
    mtu: 'MTU',
    mac: 'MAC',
    type: 'Type',
    index: 'ifIndex',
    description: 'Description',
    seen: 'Last seen',
  },
  alerts: 'Alerts of this interface',
  history: {
    title: 'Identity history',
    kind: {
      RENAMED: 'Renamed',
      SWAPPED: 'Name swapped',
      HARDWARE_CHANGED: 'Other hardware',
      RENUMBERED: 'Ports renumbered',
    },
  },
  operTitle: 'Up and down',
  oper: {
    UP: 'Up',
    DOWN: 'Down',
    DEGRADED: 'Up and down',
    UNKNOWN: 'Not measured',
  },
} as const
