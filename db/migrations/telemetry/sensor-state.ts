import type { MigrationInterface, QueryRunner } from 'typeorm'

/** The latest value and state of each sensor. */
export class SensorState1797000100000 implements MigrationInterface {
  name = 'SensorState1797000100000'

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE sensor_state (
        id text COLLATE "C" PRIMARY KEY,
        device_id uuid NOT NULL,
        at timestamptz NOT NULL,
        value double precision,
        status double precision
      ) WITH (fillfactor = 50)`)
    await runner.query('CREATE INDEX ON sensor_state (device_id)')
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE sensor_state')
  }
}
