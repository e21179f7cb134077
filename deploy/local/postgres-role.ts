import { createHmac } from 'node:crypto'
import pg from 'pg'

/** The role under which SOTP's services work: no superuser, so that the audit log is closed to it. */
const role = 'sotp_app'

/**
 * Makes sure that the services' role exists, with a password derived from the superuser's, and owns what the superuser
 * of an older installation made for it. Returns the URL with which services connect.
 */
export async function ensureServiceRole(superuserUrl: string, superuserPassword: string): Promise<string> {
  const password = createHmac('sha256', superuserPassword).update(role).digest('base64url')
  // Functions of that role must never run with the superuser's rights: by default a schema of the superuser's name is
  // searched, which anybody could have made who may make schemas.
  const client = new pg.Client({ connectionString: superuserUrl, options: '-c search_path=pg_catalog' })
  await client.connect()
  try {
    const { rows } = await client.query('SELECT 1 FROM pg_roles WHERE rolname = $1', [role])
    const secret = pg.escapeLiteral(password)
    if (rows.length === 0) await client.query(`CREATE ROLE ${role} LOGIN PASSWORD ${secret}`)
    else await client.query(`ALTER ROLE ${role} PASSWORD ${secret}`)
    const database = new URL(superuserUrl).pathname.slice(1)
    await client.query(`GRANT CREATE, TEMPORARY ON DATABASE ${pg.escapeIdentifier(database)} TO ${role}`)
    await client.query(handOver)
  } finally {
    await client.end()
  }
  const url = new URL(superuserUrl)
  url.username = role
  url.password = password
  return url.href
}

const handOver = `
  DO $$
  DECLARE thing record;
  BEGIN
    FOR thing IN
      SELECT nspname, oid FROM pg_namespace
      WHERE nspname IN ('inventory', 'telemetry', 'alerting', 'auth', 'platform') AND nspowner <> '${role}'::regrole
    LOOP
      EXECUTE format('ALTER SCHEMA %I OWNER TO ${role}', thing.nspname);
    END LOOP;
    FOR thing IN
      SELECT nspname, relname FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
      WHERE nspname IN ('inventory', 'telemetry', 'alerting', 'auth', 'platform') AND relowner <> '${role}'::regrole
        AND relkind IN ('r', 'p', 'v', 'm')
    LOOP
      EXECUTE format('ALTER TABLE %I.%I OWNER TO ${role}', thing.nspname, thing.relname);
    END LOOP;
    -- Sequences of columns have gone with their tables by now.
    FOR thing IN
      SELECT nspname, relname FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
      WHERE nspname IN ('inventory', 'telemetry', 'alerting', 'auth', 'platform') AND relowner <> '${role}'::regrole
        AND relkind = 'S'
    LOOP
      EXECUTE format('ALTER SEQUENCE %I.%I OWNER TO ${role}', thing.nspname, thing.relname);
    END LOOP;
    FOR thing IN
      SELECT pg_proc.oid::regprocedure AS name FROM pg_proc JOIN pg_namespace ON pg_namespace.oid = pronamespace
      WHERE nspname IN ('inventory', 'telemetry', 'alerting', 'auth', 'platform') AND proowner <> '${role}'::regrole
        AND NOT EXISTS (SELECT FROM pg_depend WHERE objid = pg_proc.oid AND deptype = 'e')
    LOOP
      EXECUTE format('ALTER ROUTINE %s OWNER TO ${role}', thing.name);
    END LOOP;
  END $$`
