import type { MigrationInterface, QueryRunner } from 'typeorm'

/** What the pipeline refused, by reason; and since when a port is up or down. */
export class Health1795600000000 implements MigrationInterface {
  name = 'Health1795600000000'

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE refused_minute (
        minute timestamptz NOT NULL,
        reason text NOT NULL,
        count bigint NOT NULL,
        PRIMARY KEY (minute, reason)
      )`)
    await runner.query('ALTER TABLE interface_state ADD COLUMN oper_changed_at timestamptz')
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE interface_state DROP COLUMN oper_changed_at')
    await runner.query('DROP TABLE refused_minute')
  }
}
