import { writeFileSync } from 'node:fs'
import path from 'node:path'

import { ConfigError, type Environment } from '#core/service/config.js'
import { createLog } from '#core/service/log.js'
import { settingsInVault, withVault } from '#core/service/vault-settings.js'
import { migrate } from '#db/migrate.js'

import type { LabDescription } from '../lab/description.js'
import type { LabMessage } from '../lab/main.js'
import { Children, type ChildSpec } from './children.js'
import { canReceive, freePort, portIsUsable, usualTrapPort } from './ports.js'
import { describeReady, fillIn, signIn, waitUntilReady } from './ready.js'
import { type Choices, type LocalConfig, readArguments, readLocalConfig, roomFaults } from './settings.js'
import { openState } from './state.js'
import { openStores } from './stores.js'
import { subgraphNames, type TargetName, targetNames, twoProcesses } from './targets.js'

/** What `npm start` runs: brings up the stores, the lab and SOTP itself, watches over them, and stops all in order. */

const say = (text: string): void => {
  process.stdout.write(`${new Date().toISOString().slice(11, 19)}  ${text}\n`)
}

interface Given {
  env: Record<string, string>
  settings: Record<string, string>
}

/** Which process runs which targets, each with the settings that differ. */
async function plan(multi: boolean, { env, settings }: Given): Promise<ChildSpec[]> {
  const program = path.join(import.meta.dirname, 'process.js')
  if (!multi) {
    return Object.entries(twoProcesses).map(([name, targets]) => ({
      name,
      args: [program, `--target=${targets.join(',')}`, '--settings'],
      env,
      settings,
    }))
  }
  const ports = new Map<TargetName, number>()
  for (const name of subgraphNames) ports.set(name, await freePort())
  const subgraphs = [...ports].map(([name, port]) => `${name}=http://127.0.0.1:${port}`).join(',')
  return targetNames.map((name) => ({
    name,
    args: [program, `--target=${name}`, '--settings'],
    settings,
    env: {
      ...env,
      SOTP_LISTEN_PORT: String(ports.get(name) ?? 0),
      ...(name === 'gateway' && { SOTP_GATEWAY_SUBGRAPHS: subgraphs }),
    },
  }))
}

/** Starts the simulated network; its description is also written to `lab.json` in the state folder. */
function startLab(
  children: Children,
  devices: number,
  { folder, trapPort, failed }: { folder: string; trapPort: string; failed: (why: Error) => void },
): Promise<LabDescription> {
  const args = [path.join(import.meta.dirname, '../lab/main.js')]
  const child = children.start({
    name: 'lab',
    args,
    env: { SOTP_LAB_DEVICES: String(devices), SOTP_LAB_TRAP_PORT: trapPort },
  })
  return new Promise((resolve) => {
    child.on('message', (message: LabMessage) => {
      if (message.kind === 'lab.failed')
        return failed(new Error(`the simulated network did not start: ${message.message}`))
      writeFileSync(path.join(folder, 'lab.json'), JSON.stringify(message.lab), { mode: 0o600 })
      return resolve(message.lab)
    })
  })
}

/** Where traps are received, unless another program, as a second SOTP, is there already: then nowhere. */
async function defaultTrapPort(): Promise<string> {
  return (await canReceive(usualTrapPort, '127.0.0.1')) ? String(usualTrapPort) : '0'
}

interface Run {
  config: LocalConfig
  choices: Choices
  /** The environment, and what of it lies in Vault. */
  env: Environment
  inVault: Record<string, string>
  stopping: Promise<string>
}

async function run({ config, choices, env: given, inVault, stopping }: Run): Promise<void> {
  await portIsUsable(config.SOTP_HTTP_PORT, config.SOTP_HTTP_HOST)
  await using stack = new AsyncDisposableStack()
  const state = stack.use(await openState(path.resolve(config.SOTP_STATE_DIR)))
  const { databaseUrl, ownerUrl, redisUrl } = await openStores(config, state, stack)
  // Here and not in the services, which must not know the owner of the audit log.
  await migrate(databaseUrl, ownerUrl)
  const adminPassword = config.SOTP_ADMIN_PASSWORD ?? state.secrets.adminPassword
  const trapPort = given['SOTP_COLLECTORS_TRAP_PORT'] || (await defaultTrapPort())
  if (trapPort === '0') say('SNMP traps are not received; SOTP_COLLECTORS_TRAP_PORT says where they would be')
  const env = {
    SOTP_COLLECTORS_TRAP_PORT: trapPort,
    SOTP_ADMIN_EMAIL: config.SOTP_ADMIN_EMAIL,
    SOTP_HTTP_PORT: String(config.SOTP_HTTP_PORT),
    SOTP_HTTP_HOST: config.SOTP_HTTP_HOST,
    SOTP_COLLECTORS_SPOOL_DIR: given['SOTP_COLLECTORS_SPOOL_DIR'] || path.join(state.folder, 'spool'),
  }
  const settings = {
    ...inVault,
    // Of all settings this one is not for them: whoever has it can change the audit log.
    SOTP_DATABASE_OWNER_URL: '',
    SOTP_DATABASE_URL: databaseUrl,
    SOTP_REDIS_URL: redisUrl,
    SOTP_SECRETS_KEY: config.SOTP_SECRETS_KEY ?? state.secrets.secretsKey,
    SOTP_SECRETS_KEYS_OLD: [...config.SOTP_SECRETS_KEYS_OLD, ...state.secrets.secretsKeysOld].join(),
    SOTP_INTERNAL_KEY: config.SOTP_INTERNAL_KEY ?? state.secrets.internalKey,
    ...(config.SOTP_ADMIN_PASSWORD
      ? { SOTP_ADMIN_PASSWORD: adminPassword }
      : { SOTP_ADMIN_INITIAL_PASSWORD: adminPassword }),
  }
  const broken = Promise.withResolvers<never>()
  const logs = path.join(state.folder, 'logs')
  const children = new Children({
    logs,
    cache: path.join(state.folder, 'compile-cache'),
    say,
    started: (pid) => state.note(pid, path.join('deploy', path.sep)),
    hopeless: (name) => {
      const faults = roomFaults(given)
      // Some faults only show against the database; then its own words are in its log.
      const inLog = { key: name, message: `see the end of ${path.join(logs, `${name}.log`)}` }
      broken.reject(new ConfigError(faults.length > 0 ? faults : [inLog]))
    },
  })
  const waiting = new AbortController()
  stack.defer(async () => {
    waiting.abort()
    // Workers first: they finish and store what they hold while the rest still answers.
    await children.stop((name) => !['api', 'gateway', 'lab', ...subgraphNames].includes(name), 5000)
    await children.stop(() => true, 3000)
  })
  const described =
    choices.lab > 0
      ? startLab(children, choices.lab, { folder: state.folder, trapPort, failed: broken.reject })
      : undefined
  for (const spec of await plan(choices.multi, { env, settings })) children.start(spec)

  const url = `http://${config.SOTP_HTTP_HOST}:${config.SOTP_HTTP_PORT}`
  const admin = { email: config.SOTP_ADMIN_EMAIL, password: adminPassword }
  const up = async () => {
    await waitUntilReady(url, say, waiting.signal)
    // Undefined where the administrator has chosen another password since the first start.
    const token = await signIn(url, admin).catch(() => undefined)
    if (described !== undefined) await fillIn({ url, token, lab: await described }, say)
    const password = config.SOTP_ADMIN_PASSWORD || !token ? undefined : adminPassword
    process.stdout.write(describeReady({ url, email: admin.email, password, logs, lab: choices.lab }))
    return stopping
  }
  const why = await Promise.race([stopping, broken.promise, up()])
  say(`stopping (${why}) …`)
}

/** What lies in Vault; waits for one that is sealed or away, and says so. */
async function readVault(stopping: Promise<string>): Promise<Record<string, string>> {
  const stop = new AbortController()
  void stopping.then(() => stop.abort())
  let told = ''
  const waiting = (why: string) => {
    if (why !== told) say(`waiting for Vault: ${why}`)
    told = why
  }
  return settingsInVault(process.env, { log: createLog('launcher', 'silent'), signal: stop.signal, waiting })
}

async function main(): Promise<void> {
  const choices = readArguments()
  const stopping = Promise.withResolvers<string>()
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.on(signal, () => stopping.resolve(signal))
  try {
    const inVault = choices.check ? {} : await readVault(stopping.promise)
    const env = withVault(process.env, inVault)
    const config = readLocalConfig(choices.check, env)
    if (choices.check) return say('the configuration is valid')
    await run({ config, choices, env, inVault, stopping: stopping.promise })
    say('stopped')
  } catch (error) {
    // Asked to stop while it still waited for Vault.
    if ((error as Error).name === 'AbortError') return say('stopped')
    process.exitCode = error instanceof ConfigError ? 78 : 1
    process.stderr.write(`\n${(error as Error).message}\n`)
  }
}

await main()
