import { randomBytes } from 'node:crypto'
import pg from 'pg'
import { beforeEach, describe, expect, inject, test } from 'vitest'

import { ensureServiceRole } from '#deploy/local/postgres-role.js'

import { migrate } from './migrate.js'

const superuserPassword = () => decodeURIComponent(new URL(inject('postgresUrl')).password)

let superuserUrl: string
let serviceUrl: string
/** A role that may make schemas, and nothing else. */
let ownerUrl: string
let superuser: pg.Client
beforeEach(async () => {
  const name = `migrate_${randomBytes(6).toString('hex')}`
  const first = new pg.Client({ connectionString: inject('postgresUrl') })
  await first.connect()
  await first.query(`CREATE DATABASE ${name}`)
  await first.query(`GRANT CREATE ON DATABASE ${name} TO sotp_app`)
  await first.query(`CREATE ROLE ${name} LOGIN PASSWORD 'x'`)
  await first.query(`GRANT CREATE ON DATABASE ${name} TO ${name}`)
  await first.end()
  superuserUrl = inject('postgresUrl').replace(/\/[^/]*$/, `/${name}`)
  serviceUrl = inject('serviceUrl').replace(/\/[^/]*$/, `/${name}`)
  const owner = new URL(superuserUrl)
  owner.username = name
  owner.password = 'x'
  ownerUrl = owner.href
  superuser = new pg.Client({ connectionString: superuserUrl })
  await superuser.connect()
  return () => superuser.end()
})

/** Who owns what, within some schemas: names of roles. */
async function owners(schemas: string): Promise<string[]> {
  const { rows } = await superuser.query(
    `SELECT DISTINCT owner::regrole::text AS owner FROM (
       SELECT nspowner AS owner, nspname FROM pg_namespace
       UNION ALL SELECT relowner, relnamespace::regnamespace::name FROM pg_class
       UNION ALL SELECT proowner, pronamespace::regnamespace::name FROM pg_proc
         WHERE NOT EXISTS (SELECT FROM pg_depend WHERE objid = pg_proc.oid AND deptype = 'e')
     ) AS things WHERE nspname ~ $1`,
    [schemas],
  )
  return rows.map(({ owner }) => owner)
}

async function as(url: string, statement: string): Promise<string> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    await client.query(statement)
    return 'done'
  } catch (error) {
    return (error as Error).message
  } finally {
    await client.end()
  }
}
const event = `INSERT INTO audit.inbox (content) VALUES ('{"id":"11111111-1111-4111-8111-111111111111","at":1,"action":"x","outcome":"ALLOWED"}')`

describe('the audit log', () => {
  test('belongs to an owner of its own who need not be a superuser; services add to it, and no more', async () => {
    await migrate(serviceUrl, ownerUrl)
    await migrate(serviceUrl)
    await migrate(serviceUrl, ownerUrl)
    expect(await owners('^audit$')).toEqual([new URL(ownerUrl).username])
    expect(await as(serviceUrl, event)).toBe('done')
    expect(await as(serviceUrl, 'SELECT audit.seal(10)')).toBe('done')
    expect(await as(serviceUrl, 'DELETE FROM audit.inbox')).toMatch('permission denied')
    expect(await as(serviceUrl, 'ALTER TABLE audit.event DISABLE TRIGGER ALL')).toMatch('must be owner')
    const { rows } = await superuser.query('SELECT count(*)::int AS n FROM audit.event')
    expect(rows).toEqual([{ n: 1 }])
  })
  test('works where there is one role only', async () => {
    await migrate(serviceUrl)
    expect(await as(serviceUrl, event)).toBe('done')
    expect(await as(serviceUrl, 'SELECT audit.seal(10)')).toBe('done')
    expect(await as(serviceUrl, 'DELETE FROM audit.event')).toBe('the audit log is append-only')
  })
  test('that the services made is taken over by a superuser, and by nobody who cannot', async () => {
    await migrate(serviceUrl)
    await expect(migrate(serviceUrl, ownerUrl)).rejects.toThrow('the audit log belongs to another role')
    await migrate(serviceUrl, superuserUrl)
    expect(await owners('^audit$')).toEqual([new URL(superuserUrl).username])
    expect(await as(serviceUrl, event)).toBe('done')
    expect(await as(serviceUrl, 'SELECT audit.seal(10)')).toBe('done')
    expect(await as(serviceUrl, 'UPDATE audit.head SET seq = 0')).toMatch('permission denied')
  })
})

test('an installation of one superuser is handed to the role of the services, but not its audit log', async () => {
  await migrate(superuserUrl)
  const url = await ensureServiceRole(superuserUrl, superuserPassword())
  expect(url).toBe(serviceUrl)
  await migrate(url, superuserUrl)
  await ensureServiceRole(superuserUrl, superuserPassword())
  expect(await owners('^(inventory|telemetry|alerting|auth|platform)$')).toEqual(['sotp_app'])
  expect(await owners('^audit$')).toEqual([new URL(superuserUrl).username])
  expect(await as(url, event)).toBe('done')
  expect(await as(url, 'TRUNCATE audit.event')).toMatch('permission denied')
})

test('nothing that the role of the services made runs with the rights of the superuser', async () => {
  await migrate(superuserUrl)
  const url = await ensureServiceRole(superuserUrl, superuserPassword())
  await migrate(url, superuserUrl)
  const own = decodeURIComponent(new URL(superuserUrl).username)
  const trap = `
    CREATE SCHEMA "${own}";
    CREATE TABLE "${own}".fallen (who name);
    GRANT ALL ON SCHEMA "${own}" TO PUBLIC;
    GRANT ALL ON TABLE "${own}".fallen TO PUBLIC;
    CREATE FUNCTION "${own}".format(text, name) RETURNS text LANGUAGE plpgsql AS $$
    BEGIN
      INSERT INTO "${own}".fallen VALUES (current_user);
      RETURN pg_catalog.format($1, VARIADIC ARRAY[$2::text]);
    END $$`
  expect(await as(url, trap)).toBe('done')
  // Something to hand over, so that both functions have a name to format.
  await superuser.query('CREATE TABLE inventory.forgotten ()')
  await ensureServiceRole(superuserUrl, superuserPassword())
  await migrate(url, superuserUrl)
  const { rows } = await superuser.query(`SELECT who FROM "${own}".fallen`)
  expect(rows).toEqual([])
})
