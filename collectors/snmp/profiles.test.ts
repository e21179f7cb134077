import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'

import { readConfig } from '#core/service/config.js'

import { identityWithoutAsking } from './identity-texts.js'
import { snmp } from './index.js'
import { loadProfiles, profileOf } from './profiles.js'

const profiles = loadProfiles()
const identify = (sysObjectId: string | null, sysDescr: string | null) => {
  const profile = profileOf(profiles, { sysObjectId, sysDescr })
  return {
    profile: profile.id,
    vendor: profile.vendor,
    ...identityWithoutAsking(profile, { sysObjectId, sysDescr }),
  }
}

test.each([
  [
    '1.3.6.1.4.1.9.1.1045',
    'Cisco IOS Software, C2900 Software (C2900-UNIVERSALK9-M), Version 15.1(4)M4, RELEASE SOFTWARE (fc1)',
    'Cisco',
    'ISR 2911',
    '15.1(4)M4',
  ],
  [
    '1.3.6.1.4.1.9.12.3.1.3.1467',
    'Cisco NX-OS(tm) n9000, Software (n9000-dk9), Version 7.0(3)I7(6), RELEASE SOFTWARE',
    'Cisco',
    'n9000',
    '7.0(3)I7(6)',
  ],
  [
    '1.3.6.1.4.1.2636.1.1.1.2.29',
    'Juniper Networks, Inc. mx240 internet router, kernel JUNOS 18.4R3.3, Build date: 2019-12-18',
    'Juniper',
    'mx240',
    '18.4R3.3',
  ],
  [
    '1.3.6.1.4.1.30065.1.3011.7050',
    'Arista Networks EOS version 4.24.2F running on an Arista Networks DCS-7050SX-64',
    'Arista',
    'DCS-7050SX-64',
    '4.24.2F',
  ],
  ['1.3.6.1.4.1.14988.1', 'RouterOS CCR1036-8G-2S+', 'MikroTik', 'CCR1036-8G-2S+', null],
  [
    '1.3.6.1.4.1.12356.101.1.10008',
    'FortiGate-100F v7.2.8,build1639,240313 (GA.F)',
    'Fortinet',
    'FortiGate-100F',
    '7.2.8,build1639',
  ],
  [
    '1.3.6.1.4.1.2011.2.23.339',
    'S5720-28X-SI-AC Huawei Versatile Routing Platform Software VRP (R) software,Version 5.170 (S5720 V200R011C10SPC600)',
    'Huawei',
    'S5720-28X-SI-AC',
    'V200R011C10SPC600',
  ],
  [
    '1.3.6.1.4.1.11.2.3.7.11.161',
    'HP J9772A 2530-48G-PoEP Switch, revision YA.16.02.0012, ROM YA.15.20',
    'HPE',
    '2530-48G-PoEP',
    'YA.16.02.0012',
  ],
  [
    '1.3.6.1.4.1.11.2.3.7.11.181',
    'Aruba JL356A 2540-24G-PoE+-4SFP+ Switch, revision YC.16.10.0009, ROM YC.16.01.0002',
    'Aruba',
    '2540-24G-PoE+-4SFP+',
    'YC.16.10.0009',
  ],
  [
    '1.3.6.1.4.1.14823.1.2.111',
    'ArubaOS (MODEL: Aruba7030), Version 8.6.0.4',
    'Aruba',
    'Aruba7030',
    '8.6.0.4',
  ],
  ['1.3.6.1.4.1.8072.3.2.10', 'Linux web-3 6.1.0-18-amd64 #1 SMP x86_64', 'Linux', null, '6.1.0-18-amd64'],
  [
    '1.3.6.1.4.1.311.1.1.3.1.2',
    'Hardware: Intel64 - Software: Windows Version 6.3 (Build 17763 Multiprocessor Free)',
    'Microsoft',
    null,
    '6.3 (Build 17763 Multiprocessor Free)',
  ],
  ['1.3.6.1.4.1.8072.3.2.10', 'USW-24-PoE 6.5.59.14777', 'Ubiquiti', 'USW-24-PoE', '6.5.59.14777'],
  [
    '1.3.6.1.4.1.1916.2.167',
    'ExtremeXOS (X440G2-24t-10G4) version 30.7.1.1 30.7.1.1-patch1-12',
    'Extreme Networks',
    'X440G2-24t-10G4',
    '30.7.1.1',
  ],
  [
    '1.3.6.1.4.1.25461.2.3.46',
    'Palo Alto Networks PA-3200 series firewall',
    'Palo Alto Networks',
    'PA-3200',
    null,
  ],
  ['1.3.6.1.4.1.424242', 'Something else', null, null, null],
  [null, null, null, null, null],
])('%s is told apart', (...[oid, descr, vendor, model, osVersion]) => {
  const found = identify(oid, descr)
  expect(found).toMatchObject({ vendor, osVersion })
  if (model !== null) expect(found.model).toBe(model)
})

test('the longest prefix wins, a prefix ends at a dot, and sysDescr decides between those of one length', () => {
  expect(identify('1.3.6.1.4.1.90', null).profile).toBe('generic')
  expect(identify('1.3.6.1.4.1.9', null).profile).toBe('cisco')
  expect(identify('1.3.6.1.4.1.9.12.3.1.3.1', 'Cisco NX-OS(tm) n9000').profile).toBe('cisco-nxos')
  expect(identify('1.3.6.1.4.1.9.1.1', 'Cisco Adaptive Security Appliance Version 9.1').profile).toBe(
    'cisco-asa',
  )
  expect(identify('1.3.6.1.4.1.674.11000.5000.100.2.1.1', null).profile).toBe('dell-os10')
  expect(identify('1.3.6.1.4.1.674.10895.3000', null).profile).toBe('dell-powerconnect')
  expect(identify(null, 'UniFi Dream Machine 3.2.7').profile).toBe('ubiquiti-unifi')
})

test('every profile that is for some device has a recorded walk', () => {
  const folder = path.join(import.meta.dirname, 'fixtures')
  const walked = readdirSync(folder).map((name) => {
    const expected = JSON.parse(readFileSync(path.join(folder, name, 'expected.json'), 'utf8'))
    return expected.facts?.profile.id as string | undefined
  })
  const wanted = [...profiles.values()].filter(({ match }) => match.length > 0).map(({ id }) => id)
  expect(wanted.length).toBeGreaterThanOrEqual(16)
  expect([...wanted, 'generic'].filter((id) => !walked.includes(id))).toEqual([])
})

describe('a folder of profiles', () => {
  let folder: string
  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'profiles-'))
  })
  afterEach(() => rmSync(folder, { recursive: true }))
  const write = (name: string, text: string) => writeFileSync(path.join(folder, name), text)
  const faults = () => {
    try {
      readConfig(snmp.config, { SOTP_COLLECTORS_SNMP_PROFILES: folder })
    } catch (error) {
      return (error as { faults: { key: string; message: string }[] }).faults.map(({ key, message }) => {
        expect(key).toBe('SOTP_COLLECTORS_SNMP_PROFILES')
        return message.replaceAll(`${folder}/`, '')
      })
    }
    return []
  }

  test('adds to those of the installation and replaces by name; those that extend one get the new', () => {
    write(
      'rack.yaml',
      "name: Rack\nvendor: Own\nmatch: [{ sysObjectId: ['1.3.6.1.4.1.424242'] }]\nextends: cisco\n",
    )
    write('cisco.yaml', 'name: Ours\nvendor: Replaced\nkind: ROUTER\n')
    const all = loadProfiles(folder)
    expect(profileOf(all, { sysObjectId: '1.3.6.1.4.1.424242.1', sysDescr: null })).toMatchObject({
      id: 'rack',
      vendor: 'Own',
      kind: 'ROUTER',
      cpu: [],
    })
    expect(all.get('cisco-nxos')).toMatchObject({ vendor: 'Replaced', kind: 'SWITCH' })
    expect(profiles.get('cisco-nxos')).toMatchObject({ vendor: 'Cisco' })
    expect(faults()).toEqual([])
  })

  test('inherits over several levels: own sources first, sensors by name, null drops one', () => {
    const sensors = (name: string, oid: string) =>
      `sensors: { ${name}: { columns: { v: '${oid}' }, each: [{ kind: FAN, name: x, value: v }] } }`
    write('one.yaml', `name: One\nserial: [{ oid: '1.2.1.0' }]\n${sensors('a', '1.2.3')}\n`)
    write('two.yaml', `name: Two\nextends: one\nserial: [{ oid: '1.2.2.0' }]\n${sensors('b', '1.2.4')}\n`)
    write('three.yaml', 'name: Three\nextends: [two, one]\nvendor: V\nsensors: { a: null }\n')
    const three = loadProfiles(folder).get('three')
    expect(three?.serial.map(({ oid }) => oid)).toEqual(['1.2.2.0', '1.2.1.0'])
    expect([...(three?.sensors.keys() ?? [])]).toEqual(['b'])
  })

  test('tells every fault at once, each with file, line and key', () => {
    write(
      'one.yaml',
      [
        'name: One',
        'match:',
        "  - sysObjectId: ['1.3.x']",
        "model: [{ sysDescr: '(' }]",
        'colour: red',
        'sensors:',
        '  fans:',
        '    columns: { speed: 1.3.6.1.1 }',
        '    each:',
        '      - kind: FANS',
        '        name: Fan {index}',
        '        value: speed',
        '  other:',
        '    columns: { speed: 1.3.6.1.1 }',
        '    each:',
        '      - { kind: FAN, name: "{label}", value: sped }',
      ].join('\n'),
    )
    write('two.yaml', 'name: Two\nname: Again\n')
    write('three.yaml', 'name: Three\nextends: [generic, nobody]\n')
    write('four.yaml', 'name: Four\n\nextends: five\n')
    write('five.yaml', 'name: Five\nextends: four\n')
    write(
      'six.yaml',
      `a: &a [x]\n${'bcdefghij'
        .split('')
        .map((to, n) => `${to}: &${to} [${Array(9).fill(`*${'abcdefghi'[n]}`).join(',')}]`)
        .join('\n')}\n`,
    )
    const told = faults()
    expect(told).toEqual(
      expect.arrayContaining([
        expect.stringMatching(/^one\.yaml:3: match\.0\.sysObjectId\.0: must be an OID in numbers$/),
        expect.stringMatching(/^one\.yaml:4: model\.0\.sysDescr: not a regular expression/),
        expect.stringMatching(/^one\.yaml:5: colour: is not known here$/),
        expect.stringMatching(/^one\.yaml:10: sensors\.fans\.each\.0\.kind: /),
        expect.stringMatching(/^two\.yaml:2: .*unique/),
        'three.yaml:2: extends: there is no profile nobody',
        expect.stringMatching(/^(four|five)\.yaml:[23]: extends: goes in a circle: /),
        expect.stringMatching(/^six\.yaml:1: .*alias/i),
      ]),
    )
    write(
      'one.yaml',
      "name: One\nsensors:\n  fans:\n    columns: { speed: 1.3.6.1.1 }\n    each:\n      - { kind: FAN, name: '{label}', value: sped }\n",
    )
    expect(faults()).toEqual(
      expect.arrayContaining([
        'one.yaml:6: sensors.fans.each.0.name: there is no column label in this group',
        'one.yaml:6: sensors.fans.each.0.value: there is no column sped in this group',
      ]),
    )
  })

  test('that is not there is a fault, too', () => {
    const gone = path.join(folder, 'gone')
    expect(() => loadProfiles(gone)).toThrow(/gone:1: the folder cannot be read \(ENOENT\)/)
  })
})
