import fc from 'fast-check'
import { describe, expect, test } from 'vitest'

import type { CollectorKind } from '#core/contract/telemetry.js'
import { agentOnly, both, pingOnly, play, read, type Told, t0, up } from '#tests/kit/states.js'

import { age, type StateChangeRow } from './device-record.js'
import type { Watched } from './machine.js'

describe('the matrix', () => {
  test.each<[string, Watched, string, string]>([
    ['nothing heard', both, '', 'UNKNOWN NEVER_POLLED'],
    ['ICMP ok, no SNMP', pingOnly, '0=icmp+', 'UP OK'],
    ['SNMP ok, no ICMP', agentOnly, '0=snmp+', 'UP OK'],
    ['both ok', both, '{up}', 'UP OK'],
    ['ICMP ok, SNMP not heard yet', both, '0=icmp+', 'UP OK'],
    ['first poll missed', pingOnly, '0=icmp-', 'UNKNOWN NEVER_POLLED'],
    ['first ICMP missed, SNMP ok', both, '0=icmp- 1=snmp+', 'UP OK'],
    ['one ICMP miss', both, '{up} 30=icmp-', 'UP OK'],
    ['one SNMP miss', both, '{up} 61=snmp-', 'UP OK'],
    ['two misses within 2 s', pingOnly, '0=icmp+ 30=icmp- 31=icmp-', 'UP OK'],
    ['three misses within 2 s', pingOnly, '0=icmp+ 30=icmp- 30.5=icmp- 31=icmp-', 'DOWN NO_REPLY'],
    ['two ICMP misses, no SNMP', pingOnly, '0=icmp+ 30=icmp- 33=icmp-', 'DOWN NO_REPLY'],
    ['never answered', pingOnly, '0=icmp- 3=icmp-', 'DOWN NO_REPLY'],
    ['ICMP failing, SNMP missed since', both, '{up} 30=icmp- 33=icmp- 37=snmp-', 'DOWN NO_REPLY'],
    ['ICMP failing, SNMP missed before the second', both, '{up} 30=icmp- 32=snmp- 33=icmp-', 'DOWN NO_REPLY'],
    ['ICMP failing, SNMP not heard since: pending', both, '{up} 30=icmp- 33=icmp-', 'UP OK'],
    ['… but not for ever', both, '{up} 30=icmp- 33=icmp- 45=icmp-', 'DOWN NO_REPLY'],
    ['ICMP failing, SNMP answers since', both, '{up} 30=icmp- 33=icmp- 34=snmp+', 'DEGRADED ICMP_FILTERED'],
    [
      'ICMP failing, SNMP refuses us',
      both,
      '{up} 30=icmp- 33=icmp- 34=snmp!AUTHENTICATION_FAILED',
      'DEGRADED AUTHENTICATION_FAILED',
    ],
    [
      'ICMP failing, SNMP breaks off',
      both,
      '{up} 30=icmp- 33=icmp- 34=snmp!INCOMPLETE',
      'DEGRADED AGENT_FAULT',
    ],
    [
      'ICMP failing, no credential',
      both,
      '{up} 30=icmp- 33=icmp- 34=snmp!CREDENTIAL_MISSING',
      'DOWN NO_REPLY',
    ],
    [
      'filtered, then the agent dies too',
      both,
      '{up} 30=icmp- 33=icmp- 34=snmp+ 60=icmp- 94=snmp-',
      'DOWN NO_REPLY',
    ],
    ['SNMP failing, ICMP ok', both, '{up} 61=snmp- 62=icmp+ 64=snmp-', 'DEGRADED AGENT_FAULT'],
    [
      'SNMP refuses us, ICMP ok',
      both,
      '{up} 61=snmp!AUTHENTICATION_FAILED 64=snmp!AUTHENTICATION_FAILED',
      'DEGRADED AUTHENTICATION_FAILED',
    ],
    [
      'no credential, ICMP ok',
      both,
      '0=icmp+ 1=snmp!CREDENTIAL_MISSING 4=snmp!CREDENTIAL_MISSING',
      'DEGRADED CREDENTIAL_MISSING',
    ],
    [
      'no credential, nothing else',
      agentOnly,
      '1=snmp!CREDENTIAL_MISSING 4=snmp!CREDENTIAL_MISSING',
      'UNKNOWN CREDENTIAL_MISSING',
    ],
    ['SNMP failing, no ICMP', agentOnly, '0=snmp+ 60=snmp- 63=snmp-', 'DOWN NO_REPLY'],
    [
      'SNMP answers rubbish, no ICMP',
      agentOnly,
      '0=snmp+ 60=snmp!MALFORMED_RESPONSE 63=snmp!MALFORMED_RESPONSE',
      'DEGRADED AGENT_FAULT',
    ],
    ['SNMP failing, ICMP never heard', both, '0=snmp- 3=snmp-', 'DEGRADED AGENT_FAULT'],
    ['lossy once', pingOnly, '0=icmp+ 30=icmp.67', 'UP OK'],
    ['lossy twice', pingOnly, '0=icmp+ 30=icmp.67 60=icmp.34', 'DEGRADED PACKET_LOSS'],
    ['lossy, then a little: stays', pingOnly, '0=icmp.67 30=icmp.67 60=icmp.33', 'DEGRADED PACKET_LOSS'],
    ['a little, twice: nothing', pingOnly, '0=icmp.33 30=icmp.33 60=icmp.33', 'UP OK'],
    ['lossy, then full success', pingOnly, '0=icmp.67 30=icmp.67 60=icmp+', 'UP OK'],
    ['lossy and agent failing', both, '{up} 30=icmp.67 60=icmp.67 61=snmp- 64=snmp-', 'DEGRADED AGENT_FAULT'],
    ['down, then one full success', pingOnly, '0=icmp- 3=icmp- 30=icmp+', 'UP OK'],
    ['down, then a lossy success', pingOnly, '0=icmp- 3=icmp- 30=icmp.67', 'DEGRADED PACKET_LOSS'],
    ['a fault of ours says nothing', pingOnly, '0=icmp+ 30=icmp!INTERNAL 60=icmp!INTERNAL', 'UP OK'],
    ['an old SNMP failure is no evidence', both, '{up} 61=snmp- 64=snmp- 300=icmp+', 'UP OK'],
    ['polls of a kind that is not watched', pingOnly, '0=icmp+ 1=snmp- 4=snmp-', 'UP OK'],
    ['older than known', pingOnly, '10=icmp+ 3=icmp- 6=icmp- 10=icmp-', 'UP OK'],
  ])('%s', (_, watched, told, state) => {
    expect(play(watched, read(told)).state).toBe(state)
  })

  test('a poll of a device that is not watched says nothing', () => {
    expect(play({}, [[0, 'icmp+']]).state).toBe('UNKNOWN NEVER_POLLED')
  })
})

describe('re-checks', () => {
  test('a miss asks for both kinds, soon and then less so, and not again once it led to something', () => {
    const told: Told[] = [...up, [30, 'icmp-'], [30.5, 'icmp-'], [31, 'icmp-'], [60, 'icmp-']]
    const { rechecks, recheckMs } = play(both, told)
    expect(rechecks).toEqual(['30 icmp', '30 snmp', '30.5 icmp', '30.5 snmp', '31 icmp', '31 snmp'])
    expect(recheckMs).toEqual([2000, 4000, 8000])
    expect(play(pingOnly, told).rechecks).toEqual(['30 icmp', '30.5 icmp'])
  })
  test('a dead device is DOWN within 10 s, at whatever pace its re-checks come back', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(both, pingOnly),
        fc.double({ min: 0.5, max: 4, noNaN: true }),
        (watched, pace) => {
          const told: Told[] = [...up, [30, 'icmp-'], [32 + pace, 'icmp-'], [32 + pace, 'snmp-']]
          expect(play(watched, told).state).toBe('DOWN NO_REPLY')
        },
      ),
    )
  })
  test('an SNMP miss asks SNMP only; a success forgets', () => {
    expect(play(both, [...up, [61, 'snmp-'], [64, 'snmp+'], [121, 'snmp-']]).rechecks).toEqual([
      '61 snmp',
      '121 snmp',
    ])
  })
})

describe('time', () => {
  test('a device is stale three intervals and 10 s after its last poll, whenever one looks', () => {
    const { record } = play(both, up)
    const end = t0 + 1000 + 190_000
    expect(age(record, end - 1).changes).toEqual([])
    const { record: stale, changes } = age(record, end + 3_600_000)
    expect(changes).toEqual([{ deviceId: 'd', at: end, from: 'UP', to: 'UNKNOWN', reason: 'STALE' }])
    expect(age(stale, end + 7_200_000).noticeable).toBe(false)
  })
  test('a gap that nobody swept is in the history all the same', () => {
    const { changes } = play(pingOnly, [
      [0, 'icmp+'],
      [1000, 'icmp+'],
    ])
    expect(changes.map(({ at, to, reason }) => [(at - t0) / 1000, to, reason])).toEqual([
      [0, 'UP', 'OK'],
      [100, 'UNKNOWN', 'STALE'],
      [1000, 'UP', 'OK'],
    ])
  })
})

describe('for any polls', () => {
  const words = [
    'icmp?',
    'snmp?',
    'icmp+',
    'icmp-',
    'icmp.33',
    'icmp.67',
    'snmp+',
    'snmp-',
    'snmp!AUTHENTICATION_FAILED',
    'icmp!INTERNAL',
  ]
  const story = fc
    .array(fc.tuple(fc.integer({ min: 1, max: 40 }), fc.constantFrom(...words)), { maxLength: 40 })
    .map((steps) => {
      let second = 0
      return steps.map(([by, what]): Told => {
        second += by
        return [second, what]
      })
    })
  const watching = fc.constantFrom(both, pingOnly, agentOnly)

  test('one miss among successes never flips', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 20 }), watching, (missed, watched) => {
        const kinds = Object.keys(watched)
        const told = Array.from({ length: 21 }, (_, n) =>
          kinds.map((kind, k): Told => [n * 10 + k, `${kind}${n === missed ? '-' : '+'}`]),
        ).flat()
        // Both kinds missing in one round is one miss each: still soft.
        expect(play(watched, told).changes.map(({ to }) => to)).toEqual(['UP'])
      }),
    )
  })
  test('what comes late or twice changes nothing', () => {
    fc.assert(
      fc.property(story, watching, (told, watched) => {
        const repeated = told.flatMap((one, n) => [one, ...told.slice(Math.max(0, n - 3), n + 1)])
        expect(play(watched, repeated)).toEqual(play(watched, told))
      }),
    )
  })
  test('history has no holes, time goes forward, and full success of everything watched is UP', () => {
    fc.assert(
      fc.property(story, watching, (told, watched) => {
        const end = (told.at(-1)?.[0] ?? 0) + 5
        const success = Object.keys(watched).map((kind, k): Told => [end + k, `${kind}+`])
        const { changes, state, record } = play(watched, [...told, ...success])
        expect(state).toBe('UP OK')
        let before: StateChangeRow['from'] = 'UNKNOWN'
        let at = 0
        for (const change of changes) {
          expect(change.from).toBe(before)
          expect(change.to).not.toBe(change.from)
          expect(change.at).toBeGreaterThanOrEqual(at)
          ;({ to: before, at } = change)
        }
        expect(before).toBe(record.verdict.reachability)
        if (changes.length > 0) expect(record.verdict.since).toBe(at)
      }),
    )
  })
  test('DOWN is never said while something answers', () => {
    fc.assert(
      fc.property(story, watching, (told, watched) => {
        const { record } = play(watched, told)
        if (record.verdict.reachability !== 'DOWN') return
        for (const kind of Object.keys(watched) as CollectorKind[])
          expect(
            record.memory[kind]?.failure !== null ||
              record.memory[kind].at <= (record.memory.icmp?.firstMissAt ?? 0),
          ).toBe(true)
      }),
    )
  })
})
