import type { MigrationInterface, QueryRunner } from 'typeorm'

/** The devices before a device, as inventory tells them: when all of them are silent, it is cut off and not to blame. */
export class Parents1796700000000 implements MigrationInterface {
  name = 'Parents1796700000000'

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`ALTER TABLE device ADD parent_ids uuid[] NOT NULL DEFAULT '{}'`)
    await runner.query('CREATE INDEX device_parents ON device USING gin (parent_ids)')
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE device DROP parent_ids')
  }
}
