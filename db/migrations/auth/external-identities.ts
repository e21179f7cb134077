import type { MigrationInterface, QueryRunner } from 'typeorm'

/** Accounts of an OpenID provider that sign in as a user here. */
export class ExternalIdentities1795722000000 implements MigrationInterface {
  name = 'ExternalIdentities1795722000000'

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE external_identity (
        issuer text NOT NULL,
        subject text NOT NULL,
        account_id uuid NOT NULL REFERENCES account ON DELETE CASCADE,
        created_at timestamptz NOT NULL DEFAULT now(),
        last_login_at timestamptz NOT NULL DEFAULT now(),
        PRIMARY KEY (issuer, subject)
      )`)
    await runner.query(`CREATE INDEX external_identity_by_account ON external_identity (account_id)`)
    // Whoever signs in elsewhere needs no password here, and has no role once their last group there is gone.
    await runner.query(`
      ALTER TABLE account DROP CONSTRAINT account_check, DROP CONSTRAINT account_grants_check,
        ADD CONSTRAINT account_password CHECK (kind = 'HUMAN' OR password_hash IS NULL),
        ADD CONSTRAINT account_grants CHECK (jsonb_typeof(grants) = 'array' AND jsonb_array_length(grants) <= 20)`)
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE external_identity')
    await runner.query(`DELETE FROM account WHERE kind = 'HUMAN' AND password_hash IS NULL OR grants = '[]'`)
    await runner.query(`
      ALTER TABLE account DROP CONSTRAINT account_password, DROP CONSTRAINT account_grants,
        ADD CONSTRAINT account_check CHECK ((kind = 'HUMAN') = (password_hash IS NOT NULL)),
        ADD CONSTRAINT account_grants_check
          CHECK (jsonb_typeof(grants) = 'array' AND jsonb_array_length(grants) BETWEEN 1 AND 20)`)
  }
}
