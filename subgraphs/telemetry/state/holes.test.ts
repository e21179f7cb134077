import { describe, expect, test } from 'vitest'

import { both, pingOnly, play, read, t0 } from '#tests/kit/states.js'

import { blame, observe } from './device-record.js'
import type { Watched } from './machine.js'

describe('polls that did not take place', () => {
  const story = (watched: Watched, text: string) =>
    play(watched, read(text)).changes.map(({ at, to, reason }) => `${(at - t0) / 1000} ${to} ${reason}`)
  test.each<[string, Watched, string, string[]]>([
    [
      'are a hole until the next one',
      pingOnly,
      '0=icmp+ 30=icmp? 60=icmp? 90=icmp+',
      ['30 UNKNOWN STALE', '90 UP OK'],
    ],
    ['that came late are none', pingOnly, '0=icmp+ 30=icmp? 40=icmp+', []],
    [
      'end with whatever is found',
      pingOnly,
      '0=icmp+ 30=icmp? 90=icmp- 93=icmp-',
      ['30 UNKNOWN STALE', '90 UP OK', '93 DOWN NO_REPLY'],
    ],
    ['of one kind do not matter while the other speaks', both, '{up} 30=icmp? 61=snmp+ 70=icmp+', []],
    [
      'of both kinds begin with the later',
      both,
      '{up} 30=icmp? 61=snmp? 90=icmp+',
      ['61 UNKNOWN STALE', '90 UP OK'],
    ],
    [
      'make stale from their first on',
      pingOnly,
      '0=icmp+ 30=icmp? 60=icmp? 1000=icmp+',
      ['30 UNKNOWN STALE', '1000 UP OK'],
    ],
    ['told after what was measured later say nothing', pingOnly, '0=icmp+ 30=icmp+ 20=icmp? 60=icmp+', []],
    ['of a device that was never polled say nothing', pingOnly, '30=icmp? 60=icmp+', []],
  ])('%s', (_, watched, text, expected) => {
    expect(story(watched, text).filter((line) => !line.startsWith('0 UP'))).toEqual(
      expected.concat(text.startsWith('30=icmp?') ? ['60 UP OK'] : []),
    )
  })
})

describe('a silent device', () => {
  const down = play(pingOnly, [
    [0, 'icmp-'],
    [3, 'icmp-'],
  ]).record
  test('is UNREACHABLE while it is cut off, whatever its polls say of it, and DOWN again after', () => {
    const cut = blame(down, true, t0 + 4000)
    expect(cut.record.verdict).toEqual({
      reachability: 'UNREACHABLE',
      reason: 'PARENT_DOWN',
      since: t0 + 4000,
    })
    expect(blame(cut.record, true, t0 + 5000).changes).toEqual([])
    const next = { kind: 'icmp', at: t0 + 30_000, failure: 'NO_REPLY', lossRatio: 1 } as const
    const polled = observe(cut.record, next, {}, pingOnly)
    expect(polled?.record.verdict).toEqual(cut.record.verdict)
    expect(blame(cut.record, false, t0 + 31_000).changes).toEqual([
      { deviceId: 'd', at: t0 + 31_000, from: 'UNREACHABLE', to: 'DOWN', reason: 'NO_REPLY' },
    ])
    const alive = observe(cut.record, { ...next, failure: null, lossRatio: 0 }, {}, pingOnly)
    expect(alive?.changes).toMatchObject([{ from: 'UNREACHABLE', to: 'UP' }])
  })
  test('is the only one that is ever cut off', () => {
    const { record } = play(pingOnly, [[0, 'icmp+']])
    expect(blame(record, true, t0 + 1000).changes).toEqual([])
  })
})
