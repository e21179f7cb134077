import type { MigrationInterface, QueryRunner } from 'typeorm'

/** Where Vault keeps the secrets of credentials, their rows hold none. */
export class SecretsElsewhere1796000000000 implements MigrationInterface {
  name = 'SecretsElsewhere1796000000000'

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE credential ALTER COLUMN sealed DROP NOT NULL')
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE credential ALTER COLUMN sealed SET NOT NULL')
  }
}
