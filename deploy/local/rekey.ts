import path from 'node:path'
import * as z from 'zod'

import { systemActor } from '#core/service/audit.js'
import { ConfigError, chassisConfig, readConfig } from '#core/service/config.js'
import { createLog } from '#core/service/log.js'
import { openSecretBox } from '#core/service/secrets.js'
import { settingsInVault, withVault } from '#core/service/vault-settings.js'
import { openAnchorSeal } from '#db/audit/anchor.js'
import { Anchorer } from '#db/audit/anchorer.js'
import { recordAudit } from '#db/audit/record.js'
import { migrate } from '#db/migrate.js'
import { reseal } from '#db/reseal.js'
import { openSource } from '#db/source.js'

import { startPostgres } from './postgres.js'
import { newSecretsKey, openState } from './state.js'
import { type SubgraphTarget, subgraphNames, targets } from './targets.js'

/**
 * `npm run rekey`: seals every secret in PostgreSQL anew. With a key of its own that the launcher keeps, it makes a new
 * one, and the product must be stopped. Where SOTP_SECRETS_KEY is given, that one seals what SOTP_SECRETS_KEYS_OLD
 * open, and a product that has both may run. What was interrupted is gone on with by the next run.
 */

const config = z.object({
  SOTP_STATE_DIR: z.string().default('.sotp'),
  SOTP_DATABASE_URL: chassisConfig.shape.SOTP_DATABASE_URL.optional(),
  SOTP_SECRETS_KEY: chassisConfig.shape.SOTP_SECRETS_KEY.optional(),
  SOTP_SECRETS_KEYS_OLD: chassisConfig.shape.SOTP_SECRETS_KEYS_OLD,
})
type Config = z.infer<typeof config>

const say = (line: string): void => void process.stdout.write(`${line}\n`)

async function sealAnew(url: string, key: string, old: readonly string[]): Promise<void> {
  const box = openSecretBox(key, old)
  for (const schema of subgraphNames) {
    const { sealed: columns = [] } = await (targets[schema] as SubgraphTarget).load()
    if (columns.length === 0) continue
    const sealed = await reseal({ url, schema, columns, box })
    say(`${schema}: ${sealed} ${sealed === 1 ? 'secret' : 'secrets'} sealed anew`)
  }
  if (old.length > 0) await signAnew(url, key, old)
}

/**
 * The re-key is told to the audit log, and the log signed with the new key where it is as the old keys signed it: whoever
 * only has the new one would otherwise have to believe what they find.
 * @throws Error where it is not
 */
async function signAnew(url: string, key: string, old: readonly string[]): Promise<void> {
  const source = await openSource({ url, schema: 'auth', entities: [] })
  try {
    const actor = systemActor('npm run rekey')
    await recordAudit(source.manager, { action: 'secrets.rekey', actor, target: null })
    for (;;) {
      const [{ sealed }] = (await source.query('SELECT audit.seal(1000)::int AS sealed')) as [
        { sealed: number },
      ]
      if (sealed === 0) break
    }
    const anchorer = new Anchorer({
      source,
      seal: openAnchorSeal([key, ...old]),
      log: createLog('rekey', 'silent'),
    })
    if (!(await anchorer.sign()))
      throw new Error(
        'the audit log is not as it was written; ask verifyAuditLog while the old key is still at hand',
      )
    say('audit log: signed with the current key')
  } finally {
    await source.destroy()
  }
}

/** Of an installation whose stores or whose key the launcher keeps: nobody else may work on it meanwhile. */
async function ofState({ SOTP_STATE_DIR, SOTP_DATABASE_URL: given, ...keys }: Config): Promise<void> {
  await using stack = new AsyncDisposableStack()
  const state = stack.use(await openState(path.resolve(SOTP_STATE_DIR)))
  const { secrets } = state
  const own = keys.SOTP_SECRETS_KEY === undefined
  // One that was interrupted has its new key already.
  const begun = secrets.secretsKeysOld.length > 0
  const renewed =
    own && !begun
      ? { ...secrets, secretsKey: newSecretsKey(), secretsKeysOld: [secrets.secretsKey] }
      : secrets
  if (own && !begun) state.keep(renewed)
  const old = [...keys.SOTP_SECRETS_KEYS_OLD, ...renewed.secretsKeysOld]
  const url =
    given ?? (await ownDatabase(stack, path.join(state.folder, 'postgres'), secrets.postgresPassword))
  await sealAnew(url, keys.SOTP_SECRETS_KEY ?? renewed.secretsKey, old)
  if (own) state.keep({ ...renewed, secretsKeysOld: [] })
}

async function ownDatabase(stack: AsyncDisposableStack, folder: string, password: string): Promise<string> {
  const postgres = stack.use(await startPostgres({ folder, password }))
  await migrate(postgres.url, postgres.superuserUrl)
  return postgres.url
}

async function main(): Promise<void> {
  const options = {
    log: createLog('rekey', 'silent'),
    signal: new AbortController().signal,
    waiting: (why: string) => say(`waiting for Vault: ${why}`),
  }
  try {
    const given = readConfig(config, withVault(process.env, await settingsInVault(process.env, options)))
    const { SOTP_DATABASE_URL: url, SOTP_SECRETS_KEY: key, SOTP_SECRETS_KEYS_OLD: old } = given
    if (url !== undefined && key !== undefined) await sealAnew(url, key, old)
    else await ofState(given)
    say('every secret is sealed with the current key; older keys are needed no more')
  } catch (error) {
    process.exitCode = error instanceof ConfigError ? 78 : 1
    process.stderr.write(`\n${(error as Error).message}\n`)
  }
}

await main()
