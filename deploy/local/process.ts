import './instrument.js'
import './heap.js'

import path from 'node:path'
import { parseArgs } from 'node:util'
import type * as z from 'zod'

import {
  type ChassisConfig,
  ConfigError,
  chassisConfig,
  type Environment,
  readConfigs,
  remoteConfig,
  type TraceConfig,
  traceConfig,
} from '#core/service/config.js'
import { Health, heartbeatCheck, serveHealth, startHeartbeat } from '#core/service/health.js'
import { createLog, type Log } from '#core/service/log.js'
import { openRedis, trustForRedis } from '#core/service/redis.js'
import type { RunningSubgraph } from '#core/service/room.js'
import type { Subgraph } from '#core/service/subgraph.js'
import { serveSubgraph } from '#core/service/subgraph-http.js'
import { startTracing } from '#core/service/trace.js'
import { openVaultApi } from '#core/service/vault-api.js'
import { migrate } from '#db/migrate.js'

import { type Choice, processConfig, serviceOf, settingsOf } from './process-settings.js'
import { isRemote, type TargetName, targetNames, targets } from './targets.js'

/**
 * Runs one or several targets in this process: `process.js --target=gateway,inventory [--check]`. With `--settings`
 * the launcher gives settings by standard input, as JSON: an environment can be read from outside.
 */

type Config = ChassisConfig & z.infer<typeof processConfig>
const wrongConfiguration = 78

function chosen(): Choice {
  const { values } = parseArgs({
    options: {
      target: { type: 'string' },
      check: { type: 'boolean', default: false },
      settings: { type: 'boolean', default: false },
    },
  })
  const names = (values.target ?? '').split(',').filter(Boolean)
  const unknown = names.filter((name) => !targetNames.includes(name as TargetName))
  if (unknown.length > 0 || names.length === 0) {
    process.stderr.write(
      `--target must name some of: ${targetNames.join(', ')}${unknown.length > 0 ? `; not: ${unknown.join(', ')}` : ''}\n`,
    )
    process.exit(wrongConfiguration)
  }
  return { names: names as TargetName[], check: values.check, settings: values.settings }
}

/** Opens what the process needs, then each target in order; disposing the stack undoes it in reverse. */
async function open(
  { names, check }: Choice,
  env: Environment,
): Promise<{ stack: AsyncDisposableStack; health: Health } | undefined> {
  const doors = await Promise.all(names.map(async (name) => ({ name, door: await targets[name].load() })))
  const isAlone = names.every(isRemote)
  const schemas = {
    chassis: isAlone ? remoteConfig : chassisConfig,
    process: processConfig,
    trace: traceConfig,
    ...Object.fromEntries(doors.map(({ name, door }) => [name, door.config])),
  }
  const configs = readConfigs(schemas, env) as {
    chassis: ChassisConfig
    process: z.infer<typeof processConfig>
    trace: TraceConfig
  } & Record<string, object>
  // Says what the way to sign in lacks; calls nobody.
  if (configs.chassis.SOTP_VAULT_ADDR) openVaultApi(configs.chassis)
  if (check) return undefined

  await using stack = new AsyncDisposableStack()
  const config: Config = { ...configs.chassis, ...configs.process }
  const service = serviceOf(names)
  const log = createLog(service, config.SOTP_LOG_LEVEL)
  // Opened first, closed last: what the rooms do while they stop is told as well.
  stack.use(await startTracing({ service, config: configs.trace, log }))
  const health = new Health()
  trustForRedis(config.SOTP_REDIS_CA)
  if (!isAlone) await migrate(config.SOTP_DATABASE_URL)
  const redis = stack.adopt(openRedis(config.SOTP_REDIS_URL, log), (client) => client.disconnect())
  health.add('redis', async () => void (await redis.ping()))

  const local: Subgraph[] = []
  for (const name of names) {
    const target = targets[name]
    const options = {
      config: { ...config, ...configs[name] } as never,
      log: log.child({ room: name }),
      health,
    }
    if (target.role === 'subgraph') {
      const running = stack.use(await (await target.load()).start(options))
      if (names.includes('gateway')) local.push(running.subgraph)
      else stack.use(await serve(running, { config, health, log }))
    } else if (target.role === 'worker') {
      stack.use(await (await target.load()).start(options))
    } else {
      // Its own graph would answer without them; but a user would not call that ready.
      for (const other of targetNames) {
        if (!names.includes(other)) health.add(other, heartbeatCheck(redis, other))
      }
      const { start } = await target.load()
      stack.use(await start({ ...options, local, webRoot: path.resolve(import.meta.dirname, '../../web') }))
    }
    stack.use(startHeartbeat(redis, name, health))
  }
  if (names.every((name) => targets[name].role === 'worker')) {
    stack.use(
      await serveHealth({ health, port: config.SOTP_LISTEN_PORT, host: config.SOTP_LISTEN_HOST, log }),
    )
  }
  log.info({ targets: names }, 'ready')
  return { stack: stack.move(), health }
}

const serve = (
  { subgraph }: RunningSubgraph,
  { config, health, log }: { config: Config; health: Health; log: Log },
) =>
  serveSubgraph({
    subgraph,
    health,
    port: config.SOTP_LISTEN_PORT,
    host: config.SOTP_LISTEN_HOST,
    internalKey: config.SOTP_INTERNAL_KEY,
    log,
  })

async function main(): Promise<void> {
  const choice = chosen()
  const stopping = new AbortController()
  const stopped = Promise.withResolvers<string>()
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => stopped.resolve(signal))
  // The supervisor is gone: without it nobody would stop this process.
  process.once('disconnect', () => stopped.resolve('the supervisor ended'))
  void stopped.promise.then(() => stopping.abort())
  try {
    const opened = await open(choice, await settingsOf(choice, stopping.signal))
    if (!opened) return
    process.send?.('ready')
    await stopped.promise
    opened.health.stopping()
    await opened.stack.disposeAsync()
  } catch (error) {
    // Stopped before it began.
    if (error instanceof Error && error.name === 'AbortError' && stopping.signal.aborted) process.exit()
    if (!(error instanceof ConfigError)) throw error
    process.stderr.write(`${error.message}\n`)
    process.exitCode = wrongConfiguration
  }
  process.exit()
}

await main()
