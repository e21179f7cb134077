/** Words of the page on SOTP's own health. */
export const health = {
  title: 'Pipeline health',
  every: 'Refreshed every 5 seconds',
  level: {
    good: 'Healthy',
    idle: 'Idle',
    warn: 'Attention',
    bad: 'Behind',
  },
  lag: 'Lag',
  backlog: 'Backlog',
  last: 'Last success',
  stage: {
    plan: { title: 'Planning', what: 'Polls are handed out at their time.' },
    'poll.icmp': { title: 'Ping', what: 'Collectors ping the devices.' },
    'poll.snmp': { title: 'SNMP', what: 'Collectors read counters and tables.' },
    ingest: { title: 'Ingest', what: 'Samples are stored and states judged.' },
    events: { title: 'Events', what: 'Changes of state are told to alerts and browsers.' },
    rollup: { title: 'Roll-up', what: 'Samples become 5-minute and 1-hour figures.' },
    traps: { title: 'Traps', what: 'SNMP traps are stored and told.' },
  },
  hint: {
    plan: 'Check that the planner runs and reaches the database and Redis. Collectors go on with what they polled last.',
    traps: 'Check that the ingest worker runs, and which sender sends so much: the traps page shows it.',
    'poll.icmp':
      'Check that a collector runs and reaches Redis. If polls come in but late, use longer intervals or add a collector.',
    'poll.snmp':
      'Look at the slowest devices below: a longer interval or a shorter timeout for them frees the collector. Or add a collector.',
    ingest:
      'Check that the ingest worker runs and the database answers. Nothing is lost while batches wait in the queue.',
    events: 'Check that Redis answers. Changes are kept in the database and told once it does.',
    rollup:
      'Check the log of the ingest worker. Charts of long ranges lack the newest time until it catches up.',
    other: 'Look into the log of the process that does this work.',
  },
  tile: {
    samples: 'Samples stored',
    polls: 'Polls',
    success: 'Poll success',
    lag: 'Ingest lag',
    refused: 'Refused in 24 h',
  },
  chart: {
    samples: 'Samples stored, last hour',
    polls: 'Polls and failures, last hour',
    stored: 'Stored',
    polled: 'Polls',
    failed: 'Failed',
  },
  queue: {
    title: 'Queues and collectors',
    name: 'Queue',
    waiting: 'Waiting',
    active: 'Active',
    delayed: 'Delayed',
    failed: 'Failed',
  },
  collector: {
    title: 'Collectors, average of the last hour',
    name: 'Collector',
    polls: 'Polls/min',
    samples: 'Samples',
    success: 'Success',
  },
  slowest: {
    title: 'Slowest SNMP polls now',
    none: 'No SNMP poll in the last 15 minutes.',
  },
  refused: {
    title: 'Refused in the last 24 hours',
    none: 'Nothing was refused',
    noneHint: 'Samples with impossible times or names would be counted here by reason.',
    column: {
      reason: 'Reason',
      count: 'Count',
      last: 'Last',
    },
    reason: {
      future: 'Sample from the future: a clock is more than 5 minutes ahead',
      too_old: 'Sample older than what is kept',
      instance: 'Sample of an interface with an impossible name',
      outcome_future: 'Poll from the future: a clock is more than 5 minutes ahead',
    },
  },
} as const
