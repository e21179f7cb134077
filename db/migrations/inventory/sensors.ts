import type { MigrationInterface, QueryRunner } from 'typeorm'

/** Sensors of devices, and the profile a device is read with. */
export class Sensors1797000000000 implements MigrationInterface {
  name = 'Sensors1797000000000'

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE device ADD profile_id text, ADD profile_name text')
    // `present` is false once the device no longer reports the sensor; its history stays with its id.
    await runner.query(`
      CREATE TABLE sensor (
        id uuid PRIMARY KEY,
        device_id uuid NOT NULL REFERENCES device ON DELETE CASCADE,
        key text NOT NULL,
        kind text NOT NULL,
        name text NOT NULL,
        measures boolean NOT NULL,
        interface_id uuid,
        low_critical double precision,
        low_warning double precision,
        high_warning double precision,
        high_critical double precision,
        present boolean NOT NULL,
        last_seen_at timestamptz(3) NOT NULL
      )`)
    await runner.query('CREATE INDEX sensor_by_device ON sensor (device_id, kind, name, id) WHERE present')
    await runner.query('CREATE INDEX sensor_by_interface ON sensor (interface_id) WHERE present')
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE sensor')
    await runner.query('ALTER TABLE device DROP profile_id, DROP profile_name')
  }
}
