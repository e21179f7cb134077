import { readdirSync, readFileSync, statSync } from 'node:fs'
import path from 'node:path'
import { Redis } from 'ioredis'
import pg from 'pg'

/** All there is to find in a place, as text: by the name of where it is. */
export type Everything = Map<string, string>

/** Every table of every schema of a database, row by row, as the superuser sees it. */
export async function everythingInPostgres(superuserUrl: string): Promise<Everything> {
  const client = new pg.Client({ connectionString: superuserUrl })
  await client.connect()
  try {
    const { rows: tables } = await client.query<{ name: string }>(
      `SELECT format('%I.%I', nspname, relname) AS name FROM pg_class JOIN pg_namespace n ON n.oid = relnamespace
       WHERE relkind IN ('r', 'm') AND nspname NOT LIKE 'pg\\_%' AND nspname <> 'information_schema'`,
    )
    const found: Everything = new Map()
    for (const { name } of tables) {
      const { rows } = await client.query<{ text: string }>(`SELECT t::text AS text FROM ${name} t`)
      found.set(name, rows.map(({ text }) => text).join('\n'))
    }
    return found
  } finally {
    await client.end()
  }
}

/** Every key of a Redis with its value: queues and their jobs, streams, plans, shelves. */
export async function everythingInRedis(url: string): Promise<Everything> {
  const redis = new Redis(url)
  const read: Record<string, (key: string) => Promise<unknown>> = {
    string: (key) => redis.get(key),
    hash: (key) => redis.hgetall(key),
    list: (key) => redis.lrange(key, 0, -1),
    set: (key) => redis.smembers(key),
    zset: (key) => redis.zrange(key, 0, -1),
    stream: (key) => redis.xrange(key, '-', '+'),
  }
  try {
    const found: Everything = new Map()
    for (const key of await redis.keys('*')) {
      const type = await redis.type(key)
      // A key that ended between the two has type none.
      found.set(`${type} ${key}`, JSON.stringify(await read[type]?.(key)) ?? '')
    }
    return found
  } finally {
    redis.disconnect()
  }
}

/** Every file below a folder. */
export const everythingBelow = (folder: string): Everything =>
  new Map(
    readdirSync(folder, { recursive: true })
      .map((name) => path.join(folder, String(name)))
      .filter((file) => statSync(file).isFile())
      .map((file) => [file, readFileSync(file, 'latin1')]),
  )

/** Command lines and environments of the processes whose command line holds `mark`. */
export const everythingOfProcesses = (mark: string): Everything =>
  new Map(
    readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .flatMap((pid) => {
        try {
          const [commandLine, environment] = ['cmdline', 'environ'].map((file) =>
            readFileSync(`/proc/${pid}/${file}`, 'utf8'),
          )
          const text = `${commandLine}\n${environment}`
          return text.includes(mark) ? [[`process ${commandLine?.replaceAll('\0', ' ')}`, text] as const] : []
        } catch {
          // It ended meanwhile.
          return []
        }
      }),
  )

/** A secret as it may be hidden in a text: as it is, in hex and in base64 wherever its bytes begin. */
function formsOf(secret: string): string[] {
  const bytes = Buffer.from(secret)
  const shifted = [0, 1, 2].map((n) =>
    Buffer.concat([Buffer.alloc(n), bytes])
      .toString('base64')
      .slice(n === 0 ? 0 : n + 1, -4),
  )
  return [secret, bytes.toString('hex'), encodeURIComponent(secret), ...shifted]
}

/** Where which secrets are found, by their names. */
export function leaks(everything: Everything, secrets: ReadonlyMap<string, string>): string[] {
  return [...secrets].flatMap(([name, secret]) => {
    const forms = formsOf(secret)
    return [...everything]
      .filter(([, text]) => forms.some((form) => text.includes(form)))
      .map(([place]) => `${name} in ${place}`)
  })
}
