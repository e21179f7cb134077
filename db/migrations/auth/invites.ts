import type { MigrationInterface, QueryRunner } from 'typeorm'

/** Invitations of administrators: whoever shows the secret may make the account that they describe, once. */
export class Invites1795721000000 implements MigrationInterface {
  name = 'Invites1795721000000'

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE invite (
        id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
        email text NOT NULL CHECK (email = lower(email)),
        grants jsonb NOT NULL CHECK (jsonb_typeof(grants) = 'array' AND jsonb_array_length(grants) BETWEEN 1 AND 20),
        hash bytea NOT NULL UNIQUE,
        created_at timestamptz NOT NULL DEFAULT now(),
        created_by uuid REFERENCES account ON DELETE SET NULL,
        expires_at timestamptz NOT NULL,
        accepted_at timestamptz,
        revoked_at timestamptz
      )`)
    // Two open ones to one address would outlive each other's revocation.
    await runner.query(
      `CREATE UNIQUE INDEX invite_waiting ON invite (email) WHERE accepted_at IS NULL AND revoked_at IS NULL`,
    )
    await runner.query(`CREATE INDEX invite_by_time ON invite (created_at DESC)`)
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE invite')
  }
}
