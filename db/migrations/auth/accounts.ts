import type { MigrationInterface, QueryRunner } from 'typeorm'

/** Users, their sessions with the refresh tokens of each, and the keys that sign access tokens. */
export class Accounts1763900000000 implements MigrationInterface {
  name = 'Accounts1763900000000'

  async up(runner: QueryRunner): Promise<void> {
    // "user" is a reserved word of SQL, so the table of users is called account.
    await runner.query(`
      CREATE TABLE account (
        id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
        email text NOT NULL UNIQUE CHECK (email = lower(email)),
        name text NOT NULL,
        password_hash text NOT NULL,
        roles text[] NOT NULL CHECK (cardinality(roles) > 0),
        active boolean NOT NULL DEFAULT true,
        created_at timestamptz NOT NULL DEFAULT now(),
        last_login_at timestamptz
      )`)
    await runner.query(`CREATE INDEX account_by_name ON account (lower(name), id)`)
    await runner.query(`
      CREATE TABLE session (
        id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
        account_id uuid NOT NULL REFERENCES account ON DELETE CASCADE,
        created_at timestamptz NOT NULL DEFAULT now(),
        last_used_at timestamptz NOT NULL DEFAULT now(),
        expires_at timestamptz NOT NULL,
        revoked_at timestamptz,
        user_agent text,
        ip text
      )`)
    await runner.query(`CREATE INDEX session_by_account ON session (account_id, last_used_at DESC)`)
    // Every token of a session is kept while it could still be shown: a used one that comes again is a theft.
    await runner.query(`
      CREATE TABLE refresh_token (
        hash bytea PRIMARY KEY,
        session_id uuid NOT NULL REFERENCES session ON DELETE CASCADE,
        created_at timestamptz NOT NULL DEFAULT now(),
        used_at timestamptz
      )`)
    await runner.query(`CREATE INDEX refresh_token_by_session ON refresh_token (session_id)`)
    await runner.query(
      `CREATE INDEX refresh_token_by_use ON refresh_token (used_at) WHERE used_at IS NOT NULL`,
    )
    await runner.query(`
      CREATE TABLE signing_key (
        kid text PRIMARY KEY,
        public_jwk jsonb NOT NULL,
        sealed_private text NOT NULL,
        created_at timestamptz NOT NULL DEFAULT clock_timestamp()
      )`)
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE signing_key, refresh_token, session, account')
  }
}
