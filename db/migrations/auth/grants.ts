import type { MigrationInterface, QueryRunner } from 'typeorm'

/** Roles become grants, which may hold within sites only; accounts of programs, and API tokens. */
export class Grants1795600000000 implements MigrationInterface {
  name = 'Grants1795600000000'

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE account ADD COLUMN grants jsonb')
    await runner.query(`
      UPDATE account SET grants =
        (SELECT jsonb_agg(jsonb_build_object('role', role, 'siteIds', null)) FROM unnest(roles) AS role)`)
    await runner.query(`
      ALTER TABLE account DROP COLUMN roles, ALTER COLUMN grants SET NOT NULL,
        ADD CHECK (jsonb_typeof(grants) = 'array' AND jsonb_array_length(grants) BETWEEN 1 AND 20)`)
    // A program has no password, so that nobody can ever sign in as one.
    await runner.query(`
      ALTER TABLE account ADD COLUMN kind text NOT NULL DEFAULT 'HUMAN' CHECK (kind IN ('HUMAN', 'SERVICE')),
        ALTER COLUMN password_hash DROP NOT NULL, ADD CHECK ((kind = 'HUMAN') = (password_hash IS NOT NULL))`)
    await runner.query(`
      CREATE TABLE api_token (
        id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
        account_id uuid NOT NULL REFERENCES account ON DELETE CASCADE,
        name text NOT NULL,
        prefix text NOT NULL UNIQUE,
        hash bytea NOT NULL UNIQUE,
        scopes text[] NOT NULL CHECK (cardinality(scopes) > 0),
        created_at timestamptz NOT NULL DEFAULT now(),
        created_by uuid REFERENCES account ON DELETE SET NULL,
        expires_at timestamptz,
        last_used_at timestamptz,
        revoked_at timestamptz
      )`)
    await runner.query(`CREATE INDEX api_token_by_account ON api_token (account_id, created_at DESC)`)
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE api_token')
    await runner.query(`DELETE FROM account WHERE kind = 'SERVICE'`)
    await runner.query(`
      ALTER TABLE account DROP COLUMN kind, ALTER COLUMN password_hash SET NOT NULL, ADD COLUMN roles text[]`)
    // A role within sites was less than one everywhere, so it does not come back as that.
    await runner.query(`
      UPDATE account SET roles = coalesce((SELECT array_agg(one ->> 'role') FROM jsonb_array_elements(grants) AS one
        WHERE one -> 'siteIds' = 'null'), '{}')`)
    await runner.query(`DELETE FROM account WHERE cardinality(roles) = 0`)
    await runner.query(`
      ALTER TABLE account DROP COLUMN grants, ALTER COLUMN roles SET NOT NULL, ADD CHECK (cardinality(roles) > 0)`)
  }
}
