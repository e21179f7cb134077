import type { MigrationInterface, QueryRunner } from 'typeorm'

/**
 * What became of ports: renamed, exchanged, given other hardware, renumbered. `renamed` marks ports whose id no longer
 * follows from their name, so that collectors must be told it.
 */
export class InterfaceChanges1796400000000 implements MigrationInterface {
  name = 'InterfaceChanges1796400000000'

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE interface ADD COLUMN renamed boolean NOT NULL DEFAULT false')
    await runner.query('CREATE INDEX interface_renamed ON interface (device_id) WHERE renamed')
    await runner.query(`CREATE TABLE interface_change (
      id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
      device_id uuid NOT NULL REFERENCES device ON DELETE CASCADE,
      interface_id uuid REFERENCES interface ON DELETE CASCADE,
      kind text NOT NULL,
      at timestamptz(3) NOT NULL,
      before text,
      after text,
      ports int NOT NULL
    )`)
    await runner.query('CREATE INDEX interface_change_by_device ON interface_change (device_id, id)')
    await runner.query('CREATE INDEX interface_change_by_interface ON interface_change (interface_id, id)')
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE interface_change')
    await runner.query('ALTER TABLE interface DROP COLUMN renamed')
  }
}
