/** Words of the overview page. */
export const overview = {
  title: 'Overview',
  allDevices: 'All devices',
  tile: '{state}: {count}. Show these devices.',
  share: '{percent} of all',
  map: {
    title: 'Availability map',
    hint: 'One cell is one device. Arrow keys move, Enter opens.',
    siteUp: '{up} / {total} up',
    empty: 'Nothing to show yet',
    emptyHint: 'Add the first device and it appears here within seconds.',
    legend: 'Legend',
  },
  alerts: {
    title: 'Open alerts',
    all: 'All alerts',
    none: 'No alert is firing',
    noneHint: 'You will see it here the moment one does.',
    acknowledged: 'acknowledged',
  },
  feed: {
    title: 'State changes',
    none: 'No device has changed its state yet.',
  },
  health: {
    title: 'SOTP itself',
    polls: 'Polls',
    success: 'Poll success',
    lag: 'Ingest lag',
    ok: 'All stages work',
    bad: 'A stage has fallen behind',
    backlog: {
      one: '{n} waiting',
      other: '{n} waiting',
    },
    stages: 'Pipeline stages',
    stageOk: 'works',
    stageBad: 'behind',
  },
  top: {
    title: 'Highest now',
    rtt: 'RTT',
    cpu: 'CPU',
    memory: 'Memory',
    loss: 'Loss',
    none: 'No figures yet.',
  },
} as const
