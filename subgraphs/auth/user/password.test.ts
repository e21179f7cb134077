import { describe, expect, test } from 'vitest'

import { hashCost, openPasswords } from './password.js'

const passwords = openPasswords()

describe('a password hash', () => {
  test('is an Argon2id PHC string with a salt of its own', async () => {
    const [one, two] = await Promise.all([passwords.hash('same words'), passwords.hash('same words')])
    expect(one).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/)
    expect(one).not.toBe(two)
    expect(await passwords.verify(one, 'same words')).toBe(true)
    expect(await passwords.verify(one, 'same word')).toBe(false)
  })
  test('of the reference implementation (test.c, version 0x13) is understood', async () => {
    const reference = '$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc'
    expect(await passwords.verify(reference, 'password')).toBe(true)
    expect(await passwords.verify(reference, 'Password')).toBe(false)
    expect(passwords.outdated(reference)).toBe(true)
  })
  test('is outdated when the cost was raised', async () => {
    const hash = await passwords.hash('same words')
    expect(passwords.outdated(hash)).toBe(false)
    expect(openPasswords({ ...hashCost, passes: 3 }).outdated(hash)).toBe(true)
  })
  test('does not depend on how the keyboard composed a letter', async () => {
    const hash = await passwords.hash('zażółć gęślą jaźń'.normalize('NFD'))
    expect(await passwords.verify(hash, 'zażółć gęślą jaźń'.normalize('NFC'))).toBe(true)
  })
  test('that is none of ours is an error, not a refusal', async () => {
    await expect(passwords.verify('plain', 'plain')).rejects.toThrow('not an Argon2id PHC string')
  })
})

test('nobody has any password, and it takes the same work to say so', async () => {
  expect(await passwords.verify(undefined, 'same words')).toBe(false)
  const cheap = openPasswords({ memoryKib: 64, passes: 1, lanes: 1 })
  const results = await Promise.allSettled(Array.from({ length: 50 }, () => cheap.verify(undefined, 'x')))
  expect(results.filter(({ status }) => status === 'rejected')).toHaveLength(50 - 34)
})

test('a flood is refused beyond the queue, and what was accepted is answered', async () => {
  const cheap = openPasswords({ memoryKib: 64, passes: 1, lanes: 1 })
  const results = await Promise.allSettled(Array.from({ length: 50 }, () => cheap.hash('x')))
  const refused = results.filter(({ status }) => status === 'rejected')
  expect(refused).toHaveLength(50 - 34)
  expect(refused[0]).toMatchObject({ reason: { code: 'RATE_LIMITED' } })
  expect(await cheap.verify(await cheap.hash('x'), 'x')).toBe(true)
})
