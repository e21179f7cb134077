import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { expect, test } from 'vitest'

import { identify, loadProfiles } from './profiles.js'

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
  expect(identify(oid, descr)).toMatchObject({ vendor, osVersion })
  if (model !== null) expect(identify(oid, descr).model).toBe(model)
})

test('the longest prefix wins, and a prefix ends at a dot', () => {
  expect(identify('1.3.6.1.4.1.90', null).vendor).toBeNull()
  expect(identify('1.3.6.1.4.1.9', null).vendor).toBe('Cisco')
})

test('a profile that is not valid is named', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'profiles-'))
  writeFileSync(path.join(folder, 'bad.json'), '{"vendor":"X","sysObjectId":["1.2"],"model":["("]}')
  expect(() => loadProfiles(folder)).toThrow(/bad\.json.*\n?.*not a regular expression/s)
  rmSync(folder, { recursive: true })
})
