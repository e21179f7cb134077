import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'

import { listen } from '../../tests/kit/traps.js'

const run = promisify(execFile)
const keys = { authProtocol: 'SHA', authKey: 'authkey-secret', privKey: 'privkey-secret' } as const
/** By the words of snmptrap: `-C` is what Cisco does, by the Reeder draft. */
const ciphers = {
  AES192B: 'AES-192',
  AES192R: 'AES-192-C',
  AES256B: 'AES-256',
  AES256R: 'AES-256-C',
} as const
const protocols = Object.keys(ciphers) as (keyof typeof ciphers)[]

// Debian's package snmp; where it is not installed this is reported as skipped.
test.skipIf(!existsSync('/usr/bin/snmptrap'))(
  'traps with AES keys that are longer than the hash are read, however they were made longer',
  async () => {
    const credentials = protocols.map(
      (name) => ({ kind: 'SNMP_V3', username: name, privProtocol: name, ...keys }) as const,
    )
    await using open = await listen({ credentials })
    for (const [n, name] of protocols.entries()) {
      const given = ['-a', 'SHA', '-A', keys.authKey, '-x', ciphers[name], '-X', keys.privKey]
      const who = ['-v3', '-e', '0x800000000102030406', '-u', name, '-l', 'authPriv', ...given]
      await run('snmptrap', [...who, `127.0.0.1:${open.port}`, '', `1.3.6.1.6.3.1.1.5.${n + 1}`])
    }
    await expect
      .poll(() => open.traps().map(({ user, refusal }) => [user, refusal]), { timeout: 15_000 })
      .toEqual(protocols.map((name) => [name, null]))
  },
)
