import type { MigrationInterface, QueryRunner } from 'typeorm'

/** Where in which trace an event was written, so that what it leads to can be followed back to the change. */
export class OutboxTrace1795500000000 implements MigrationInterface {
  name = 'OutboxTrace1795500000000'

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE outbox ADD COLUMN traceparent text')
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE outbox DROP COLUMN traceparent')
  }
}
