import { type ChildProcess, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { chmodSync, createWriteStream, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import pg from 'pg'

import { monitoring } from '#core/contract/devices.js'
import { migrate } from '#db/migrate.js'
import { freePort } from '#deploy/local/ports.js'
import { type Postgres, startPostgres } from '#deploy/local/postgres.js'
import { type PrivateRedis, startRedis } from '#deploy/local/redis.js'

import { storedSamples, type Tally, tallyOf } from './account.js'

export const devicesCount = 300
export const intervalSeconds = 5

const program = path.resolve(import.meta.dirname, '../../../deploy/local/process.js')
export const targetNames = ['planner', 'ingest', 'collectors'] as const
export type TargetName = (typeof targetNames)[number]

/** Stores that can be taken away and brought back, and the processes that poll and store, each of its own. */
export class Plant implements AsyncDisposable {
  readonly #running = new Map<TargetName, ChildProcess>()
  readonly folder = mkdtempSync(path.join(tmpdir(), 'sotp-outages-'))
  readonly #password = randomBytes(16).toString('hex')
  readonly #key = randomBytes(32).toString('base64')
  #ports = { redis: 0, postgres: 0 }
  redis!: PrivateRedis
  postgres!: Postgres

  static async open(): Promise<Plant> {
    const plant = new Plant()
    chmodSync(plant.folder, 0o755)
    plant.#ports = { redis: await freePort(), postgres: await freePort() }
    await plant.startPostgres()
    await plant.startRedis()
    await migrate(plant.postgres.url, plant.postgres.superuserUrl)
    await plant.#addDevices()
    await Promise.all(targetNames.map((name) => plant.start(name)))
    return plant
  }

  async startRedis(): Promise<void> {
    const folder = path.join(this.folder, 'redis')
    this.redis = await startRedis({ folder, password: this.#password, port: this.#ports.redis })
  }
  /** Ends it at once; `lose` takes its data as well. */
  async killRedis(lose: boolean): Promise<void> {
    process.kill(this.redis.pid, 'SIGKILL')
    await this.redis[Symbol.asyncDispose]()
    if (lose) rmSync(path.join(this.folder, 'redis'), { recursive: true, force: true })
  }
  async startPostgres(): Promise<void> {
    const folder = path.join(this.folder, 'postgres')
    this.postgres = await startPostgres({ folder, password: this.#password, port: this.#ports.postgres })
  }

  /**
   * A process as Kubernetes would start it; the collectors get neither a database nor the internal key. Resolves when it is
   * ready.
   */
  start(name: TargetName): Promise<void> {
    const remote = { SOTP_REDIS_URL: this.redis.url, SOTP_SECRETS_KEY: this.#key }
    const central = { SOTP_DATABASE_URL: this.postgres.url, SOTP_INTERNAL_KEY: this.#key }
    const child = spawn(process.execPath, [program, `--target=${name}`], {
      env: {
        PATH: process.env['PATH'] ?? '',
        ...remote,
        ...(name === 'collectors' ? { SOTP_COLLECTORS_SPOOL_DIR: path.join(this.folder, 'spool') } : central),
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    const log = createWriteStream(path.join(this.folder, `${name}.log`), { flags: 'a' })
    child.stdout.pipe(log, { end: false })
    child.stderr.pipe(log, { end: false })
    this.#running.set(name, child)
    return new Promise((resolve) => {
      child.stdout.on('data', (chunk: Buffer) => {
        if (chunk.includes('"msg":"ready"')) resolve()
      })
    })
  }

  /** Ends a process and waits for it. */
  async stop(name: TargetName, signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    const child = this.#running.get(name)
    this.#running.delete(name)
    if (!child || child.exitCode !== null) return
    const ended = new Promise((resolve) => child.once('exit', resolve))
    child.kill(signal)
    await ended
  }

  tally(): Tally {
    return tallyOf(path.join(this.folder, 'spool', '*'))
  }

  /** Measured samples in the store; undefined while it does not answer. */
  stored(): Promise<number | undefined> {
    return this.query<{ n: number }>(storedSamples).then(
      ([row]) => row?.n,
      () => undefined,
    )
  }

  /** The longest time that any device was not polled since `from`, s. */
  async longestHole(from: number): Promise<number> {
    const [row] = await this.query<{ hole: number }>(
      `SELECT max(extract(epoch FROM gap))::float8 AS hole FROM (
         SELECT at - lag(at) OVER (PARTITION BY series_id ORDER BY at) AS gap
         FROM telemetry.sample JOIN telemetry.series ON series.id = series_id
         WHERE metric = 'icmp.loss' AND at >= $1) AS g`,
      [new Date(from)],
    )
    return row?.hole ?? Number.NaN
  }

  async query<Row extends pg.QueryResultRow>(statement: string, values: unknown[] = []): Promise<Row[]> {
    const client = new pg.Client({ connectionString: this.postgres.superuserUrl })
    client.on('error', () => {})
    await client.connect()
    try {
      return (await client.query<Row>(statement, values)).rows
    } finally {
      await client.end()
    }
  }

  async #addDevices(): Promise<void> {
    const watched = monitoring.parse({ icmp: { intervalSeconds, packets: 1 } })
    await this.query(
      `INSERT INTO inventory.device (id, name, address, address_key, kind, status, tags, monitoring, created_at, updated_at)
       SELECT gen_random_uuid(), 'd' || n, '127.21.' || n / 250 || '.' || n % 250 + 1, 'd' || n, 'OTHER', 'ACTIVE', '{}', $2, now(), now()
       FROM generate_series(1, $1::int) n`,
      [devicesCount, watched],
    )
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const name of [...this.#running.keys()]) await this.stop(name)
    await this.redis[Symbol.asyncDispose]()
    await this.postgres[Symbol.asyncDispose]()
    rmSync(this.folder, { recursive: true, force: true })
  }
}
