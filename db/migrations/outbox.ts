import type { MigrationInterface, QueryRunner } from 'typeorm'

/** Events written in the transaction of the change they tell of; `db/outbox.ts` publishes them in order. */
export class Outbox1700000000000 implements MigrationInterface {
  name = 'Outbox1700000000000'

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE outbox (
        id bigint PRIMARY KEY,
        topic text NOT NULL,
        event jsonb NOT NULL
      )`)
    await runner.query(`CREATE TABLE outbox_last (id bigint NOT NULL)`)
    await runner.query(`INSERT INTO outbox_last VALUES (0)`)
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE outbox')
    await runner.query('DROP TABLE outbox_last')
  }
}
