import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { promisify } from 'node:util'
import { expect, onTestFinished, test } from 'vitest'

import type { CredentialSecret } from '#core/contract/credentials.js'

import { type Listening, listen, privUser } from '../../tests/kit/traps.js'

const eventually = <T>(of: () => T) => expect.poll(of, { timeout: 15_000 })

async function listening(options: Parameters<typeof listen>[0] = {}): Promise<Listening> {
  const open = await listen(options)
  onTestFinished(() => open[Symbol.asyncDispose]())
  return open
}

const passes = { authKey: 'auth-passphrase', privKey: 'priv-passphrase' }
const user = (more: object) =>
  ({ ...privUser, ...passes, ...more }) as Extract<CredentialSecret, { kind: 'SNMP_V3' }>

const run = promisify(execFile)

// Debian's package snmp; where it is not installed this is reported as skipped.
test.skipIf(!existsSync('/usr/bin/snmptrap'))(
  'what snmptrap and snmpinform send is received and acknowledged',
  async () => {
    const open = await listening()
    const { username, authKey, privKey } = privUser as Extract<CredentialSecret, { kind: 'SNMP_V3' }>
    const to = `127.0.0.1:${open.port}`
    const v3 = ['-v3', '-u', username, '-l', 'authPriv', '-a', 'SHA-256', '-A', authKey ?? '', '-x', 'AES']
    const priv = [...v3, '-X', privKey ?? '']
    const linkDown = [to, '', '1.3.6.1.6.3.1.1.5.3', '1.3.6.1.2.1.2.2.1.1.7', 'i', '7']
    await run('snmptrap', ['-v1', '-c', 'public', to, '1.3.6.1.4.1.9.9.13.3', '10.1.1.1', '6', '1', '99'])
    await run('snmptrap', ['-v2c', '-c', 'public', ...linkDown])
    await run('snmptrap', ['-e', '0x800000000102030405', ...priv, ...linkDown])
    await run('snmpinform', ['-v2c', '-c', 'public', ...linkDown])
    await run('snmpinform', [...priv, ...linkDown])
    await expect(
      run('snmpinform', ['-r', '0', '-t', '5', ...v3, '-X', 'another-passphrase', ...linkDown]),
    ).rejects.toThrow(/[Dd]ecrypt/)
    await eventually(() => open.traps().length).toBe(6)
    const told = open.traps().map(({ version, kind, name, refusal }) => [version, kind, name, refusal])
    expect(told).toEqual([
      ['V1', 'TRAP', 'ciscoEnvMonShutdownNotification', null],
      ['V2C', 'TRAP', 'linkDown', null],
      ['V3', 'TRAP', 'linkDown', null],
      ['V2C', 'INFORM', 'linkDown', null],
      ['V3', 'INFORM', 'linkDown', null],
      ['V3', null, null, 'DECRYPTION_FAILED'],
    ])
  },
)

const byNetSnmp = [
  ['DES', 'DES'],
  ['AES192B', 'AES-192'],
  ['AES192R', 'AES-192-C'],
  ['AES256B', 'AES-256'],
  ['AES256R', 'AES-256-C'],
] as const

test.skipIf(!existsSync('/usr/bin/snmptrap'))(
  'every privacy protocol is read as Net-SNMP writes it, and it reads ours',
  async () => {
    const credentials = byNetSnmp.map(([privProtocol]) =>
      user({ username: privProtocol, authProtocol: 'SHA', privProtocol }),
    )
    const open = await listening({ credentials, settings: { SOTP_COLLECTORS_TRAP_REPEAT_SECONDS: '0' } })
    for (const [username, protocol] of byNetSnmp) {
      const keys = ['-A', passes.authKey, '-x', protocol, '-X', passes.privKey]
      const oid = [`127.0.0.1:${open.port}`, '', '1.3.6.1.6.3.1.1.5.1']
      await run('snmpinform', ['-v3', '-u', username, '-l', 'authPriv', '-a', 'SHA', ...keys, ...oid])
    }
    await eventually(() => open.traps().map((one) => [one.user, one.refusal])).toEqual(
      byNetSnmp.map(([username]) => [username, null]),
    )
  },
)
