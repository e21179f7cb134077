import { createRequire } from 'node:module'
import { describe, expect, test } from 'vitest'

import { decryptDes, encryptDes } from './usm-des.js'
import { KeyMaker, stretchedHere } from './usm-thread.js'

const netSnmp = createRequire(import.meta.url)('net-snmp') as {
  Encryption: {
    algorithms: Record<number, { localizationAlgorithm(...given: [object, number, string, Buffer]): Buffer }>
  }
}

test('DES is single DES, and undone by itself', () => {
  // FIPS 46 worked example; with a pre-IV equal to the salt the first block is that of ECB.
  const salt = Buffer.alloc(8)
  const key = Buffer.concat([Buffer.from('133457799bbcdff1', 'hex'), salt])
  expect(decryptDes(Buffer.from('85e813540f0ab405', 'hex'), key, salt).toString('hex')).toBe(
    '0123456789abcdef',
  )
  const text = Buffer.from('a scoped PDU of 23 bytes'.slice(0, 23))
  const { encrypted, salt: used } = encryptDes(text, key)
  expect(decryptDes(encrypted, key, used).subarray(0, 23)).toEqual(text)
})

describe('USM keys', () => {
  // RFC 3414 §A.3.
  const engineId = Buffer.from('000000000000000000000002', 'hex')
  test.each([
    ['md5', '526f5eed9fcce26f8964c2930787d82b'],
    ['sha1', '6695febc9288e36282235fc7151f128497b38f3f'],
  ] as const)('are those of the RFC (%s)', (algorithm, key) => {
    const keys = new KeyMaker()
    const work = {
      hash: algorithm,
      authKey: 'maplesyrup',
      privKey: null,
      privOctets: 0,
      extend: 'reeder',
      engineId,
    } as const
    const before = stretchedHere
    expect(Buffer.from(keys.derive(work).auth).toString('hex')).toBe(key)
    expect(Buffer.from(keys.derive(work).auth).toString('hex')).toBe(key)
    expect(stretchedHere - before).toBe(1)
  })
  test.each([
    ['blumenthal', 6],
    ['reeder', 8],
  ] as const)('are those of net-snmp where a hash is too short for AES-256 (%s)', (extend, number) => {
    const work = {
      hash: 'sha1',
      authKey: 'maplesyrup',
      privKey: 'maplesyrup',
      privOctets: 32,
      extend,
      engineId,
    } as const
    const theirs = netSnmp.Encryption.algorithms[number]
    expect(Buffer.from(new KeyMaker().derive(work).priv).toString('hex')).toBe(
      theirs?.localizationAlgorithm({ KEY_LENGTH: 32 }, 3, 'maplesyrup', engineId).toString('hex'),
    )
  })
})
