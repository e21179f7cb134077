import type { MigrationInterface, QueryRunner } from 'typeorm'

/** A second factor for users: the secret of their authenticator app, and codes for when the app is lost. */
export class SecondFactor1795720000000 implements MigrationInterface {
  name = 'SecondFactor1795720000000'

  async up(runner: QueryRunner): Promise<void> {
    // Counts only once it is confirmed. The last step that was used, RFC 6238 §5.2: no code is accepted twice.
    await runner.query(`
      CREATE TABLE second_factor (
        account_id uuid PRIMARY KEY REFERENCES account ON DELETE CASCADE,
        sealed_secret text NOT NULL,
        created_at timestamptz NOT NULL DEFAULT now(),
        confirmed_at timestamptz,
        last_step bigint NOT NULL DEFAULT 0
      )`)
    await runner.query(`
      CREATE TABLE recovery_code (
        account_id uuid NOT NULL REFERENCES second_factor ON DELETE CASCADE,
        hash bytea NOT NULL,
        used_at timestamptz,
        PRIMARY KEY (account_id, hash)
      )`)
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE recovery_code, second_factor')
  }
}
