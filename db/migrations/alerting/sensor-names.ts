import type { MigrationInterface, QueryRunner } from 'typeorm'

/** What sensors are called, for the text of alerts. */
export class SensorNames1797000200000 implements MigrationInterface {
  name = 'SensorNames1797000200000'

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(
      'CREATE TABLE sensor_name (id text PRIMARY KEY, device_id uuid NOT NULL, name text NOT NULL)',
    )
    await runner.query('CREATE INDEX ON sensor_name (device_id)')
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE sensor_name')
  }
}
