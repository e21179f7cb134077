import { createSocket } from 'node:dgram'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { createLog } from '#core/service/log.js'

import type { LabDevice } from '../description.js'
import { type Lab, startLab } from '../main.js'
import { get, type Opened, snmp, text, type Varbind, v1, v2c, v3, walk } from '../manager.js'
import { drawNetwork } from '../topology.js'
import { World } from '../world.js'

let lab: Lab
const log = createLog('test', 'silent')
const port = 16213
beforeAll(async () => {
  lab = await startLab({ devices: 24, port, controlPort: 0, network: '127.213', log })
})
afterAll(() => lab[Symbol.asyncDispose]())

const named = (name: string): LabDevice => {
  const found = lab.devices.find((device) => device.name === name)
  if (!found) throw new Error(`no ${name}`)
  return found
}
const sysDescr = '1.3.6.1.2.1.1.1.0'
const sysName = '1.3.6.1.2.1.1.5.0'
const ifDescr = '1.3.6.1.2.1.2.2.1.2'
const ifName = '1.3.6.1.2.1.31.1.1.1.1'
const ifHCOutOctets = '1.3.6.1.2.1.31.1.1.1.10'

describe('the three versions of SNMP', () => {
  test('answer alike', async () => {
    const device = named('waw-dist-01')
    for (const open of [v1, v2c, v3]) {
      using session = open(device)
      const [descr, name] = await get(session, [sysDescr, sysName])
      expect(text(descr)).toMatch(/^Arista Networks EOS version 4\.\d+\.\d+[FM] running on/)
      expect(text(name)).toBe('waw-dist-01')
    }
  })
  test('v2c tells a missing object from a missing instance, and the end of the tree', async () => {
    using session = v2c(named('waw-acc-01'))
    const types = (await get(session, ['1.3.6.1.2.1.99.1.0', `${ifDescr}.99999`])).map(({ type }) => type)
    expect(types).toEqual([snmp.ObjectType.NoSuchObject, snmp.ObjectType.NoSuchInstance])
    const last = await new Promise<Varbind[]>((resolve) =>
      session.getNext(['1.3.6.1.6.3.15.1.1.6.0'], (_, varbinds) => resolve(varbinds)),
    )
    expect(last[0]?.type).toBe(snmp.ObjectType.EndOfMibView)
  })
  test('v1 says noSuchName instead, and passes over Counter64', async () => {
    using session = v1(named('waw-acc-01'))
    await expect(get(session, [sysName, '1.3.6.1.2.1.99.1.0'])).rejects.toThrow(
      'NoSuchName: 1.3.6.1.2.1.99.1.0',
    )
    await expect(get(session, [`${ifHCOutOctets}.11`])).rejects.toThrow('NoSuchName')
    const next = await new Promise<Varbind[]>((resolve) =>
      session.getNext(['1.3.6.1.2.1.31.1.1.1.5.9999'], (_, varbinds) => resolve(varbinds)),
    )
    expect(next[0]?.oid).toMatch(/^1\.3\.6\.1\.2\.1\.31\.1\.1\.1\.14\./)
  })
  test('a whole walk sees the same tree with v2c and v3, and without Counter64 with v1', async () => {
    const device = named('gdn-acc-02')
    const names = async (session: Opened) => {
      using open = session
      return (await walk(open, '1')).map(({ oid }) => oid)
    }
    const [first, second, third] = [
      await names(v1(device)),
      await names(v2c(device)),
      await names(v3(device)),
    ]
    expect(third).toEqual(second)
    expect(second.length).toBeGreaterThan(53 * 30)
    expect(first).toEqual(
      second.filter((oid) => !/^1\.3\.6\.1\.2\.1\.31\.1\.1\.1\.([6-9]|1[0-3])\./.test(oid)),
    )
  })
  test('GETBULK fills the message and no more; GET of too much is tooBig', async () => {
    using session = v2c(named('waw-acc-01'))
    const rows = await new Promise<Varbind[][]>((resolve, reject) =>
      session.getBulk([ifDescr, ifName], 0, 100, (error, varbinds) =>
        error ? reject(error) : resolve(varbinds as unknown as Varbind[][]),
      ),
    )
    const count = rows.flat().length
    expect(count).toBeGreaterThan(30)
    expect(count).toBeLessThan(100)
    await expect(
      get(
        session,
        Array.from({ length: 40 }, () => sysDescr),
      ),
    ).rejects.toThrow('TooBig')
  })
  test('nothing can be written', async () => {
    using session = v2c(named('waw-acc-01'))
    const written = new Promise((resolve, reject) =>
      session.set([{ oid: sysName, type: snmp.ObjectType.OctetString, value: Buffer.from('x') }], (error) =>
        error ? reject(error) : resolve(undefined),
      ),
    )
    await expect(written).rejects.toThrow('NotWritable')
  })
  test('a wrong community gets no answer', async () => {
    using session = v2c(named('waw-acc-01'), 'private')
    await expect(get(session, [sysName])).rejects.toThrow('timed out')
  })
})

describe('SNMPv3 security', () => {
  const device = () => named('krk-srv-01')
  test.each([
    ['an unknown user', { name: 'nobody' }, /Unknown user name/i],
    ['a wrong authentication key', { authKey: 'not-the-right-one' }, /wrong digest|authentication/i],
  ])('reports %s', async (_name, change, message) => {
    using session = v3(device(), change)
    await expect(get(session, [sysName])).rejects.toThrow(message)
  })
  test('refuses the user without authentication and privacy', async () => {
    for (const level of [snmp.SecurityLevel.noAuthNoPriv, snmp.SecurityLevel.authNoPriv]) {
      using session = v3(device(), { level })
      await expect(get(session, [sysName])).rejects.toThrow('AuthorizationError')
    }
  })
  test('lets a manager that knows an older boot of the engine catch up', async () => {
    using session = v3(device())
    expect(text((await get(session, [sysName]))[0])).toBe('krk-srv-01')
    await fetch(`${lab.controlUrl}/devices/krk-srv-01/reboot`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ seconds: 0 }),
    })
    expect(text((await get(session, [sysName]))[0])).toBe('krk-srv-01')
  })
})

test('junk is counted and answered with nothing', async () => {
  const { address, snmpPort } = named('waw-ups-01')
  const socket = createSocket('udp4')
  for (const junk of ['', '0', '3003020101', '30820fff0201010406'])
    socket.send(Buffer.from(junk, 'hex'), snmpPort, address)
  using session = v2c(named('waw-ups-01'))
  await expect
    .poll(async () => Number((await get(session, ['1.3.6.1.2.1.11.6.0']))[0]?.value))
    .toBeGreaterThanOrEqual(3)
  socket.close()
})

test('no octets, however mangled, stop an agent', () => {
  const network = drawNetwork({ seed: 1, count: 1 })
  const user = { username: 'sotp-lab', authKey: 'lab-auth-passphrase', privKey: 'lab-priv-passphrase' }
  const place = () => ({ address: '127.0.0.1', port: 1 })
  const at = Date.now()
  const [device] = new World({ network, seed: 1, place, community: 'public', user, at }).devices
  const samples = [
    '302902010104067075626c6963a01c0204112233440201000201003 00e300c06082b060102010105000500',
    '302902010004067075626c6963a11c0204112233440201000201003 00e300c06082b060102010105000500',
    '302902010104067075626c6963a51c02041122334402010002011 4300e300c06082b060102010105000500',
    '303e020103301102042233445502030 0ffe304010402010304103 00e0400020100020100040004000400301404000400a00e02041122334402010002010 03000',
  ].map((hex) => Buffer.from(hex.replaceAll(' ', ''), 'hex'))
  for (const sample of samples) expect(device?.agent.handle(sample, at)?.length).toBeGreaterThan(20)
  const change = fc.tuple(fc.nat(80), fc.nat(255))
  fc.assert(
    fc.property(
      fc.constantFrom(...samples),
      fc.array(change, { maxLength: 6 }),
      fc.nat(80),
      (sample, changes, cut) => {
        const bytes = Buffer.from(sample.subarray(0, Math.max(1, sample.length - (cut > 40 ? 0 : cut))))
        for (const [position, octet] of changes) bytes[position % bytes.length] = octet
        const answer = device?.agent.handle(bytes, at)
        expect(answer === undefined || answer[0] === 0x30).toBe(true)
      },
    ),
    { numRuns: 5000 },
  )
  expect(device?.agent.counts.parseErrors).toBeGreaterThan(100)
})
