import type { MigrationInterface, QueryRunner } from 'typeorm'

/** Runs that look for devices, and whom they found. */
export class Discovery1797000000000 implements MigrationInterface {
  name = 'Discovery1797000000000'

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of statements) await runner.query(statement)
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE discovered_host, discovery_run')
    await runner.query('DROP INDEX device_by_serial, device_by_sys_name')
  }
}

const statements = [
  `CREATE TABLE discovery_run (
    id uuid PRIMARY KEY,
    targets text[] NOT NULL,
    exclude text[] NOT NULL,
    within text[] NOT NULL,
    include_known boolean NOT NULL,
    credential_ids uuid[] NOT NULL,
    site_id uuid REFERENCES site ON DELETE SET NULL,
    options jsonb NOT NULL,
    state text NOT NULL,
    probed int NOT NULL,
    total int NOT NULL,
    error text,
    started_at timestamptz(3) NOT NULL,
    reported_at timestamptz(3),
    finished_at timestamptz(3)
  )`,
  'CREATE INDEX discovery_run_newest ON discovery_run (started_at DESC, id)',
  `CREATE INDEX discovery_run_active ON discovery_run (state) WHERE state IN ('QUEUED', 'RUNNING')`,
  // `position` is the order in which they were found; what they said lies in `found`, as the collector told it.
  `CREATE TABLE discovered_host (
    run_id uuid NOT NULL REFERENCES discovery_run ON DELETE CASCADE,
    address_key text NOT NULL,
    position bigint GENERATED ALWAYS AS IDENTITY,
    found jsonb NOT NULL,
    chassis_id text,
    device_id uuid REFERENCES device ON DELETE SET NULL,
    PRIMARY KEY (run_id, address_key)
  )`,
  'CREATE INDEX discovered_host_in_order ON discovered_host (run_id, position)',
  'CREATE INDEX discovered_host_device ON discovered_host (device_id) WHERE device_id IS NOT NULL',
  'CREATE INDEX discovered_host_accepted ON discovered_host (chassis_id) WHERE device_id IS NOT NULL',
  'CREATE INDEX device_by_serial ON device (lower(serial_number)) WHERE deleted_at IS NULL',
  'CREATE INDEX device_by_sys_name ON device (lower(sys_name)) WHERE deleted_at IS NULL',
]
