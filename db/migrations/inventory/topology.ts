import type { MigrationInterface, QueryRunner } from 'typeorm'

/** What devices say of their neighbours, the links that follow from it, and who stands between whom. */
export class Topology1797300000000 implements MigrationInterface {
  name = 'Topology1797300000000'

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of [...columns, ...tables, ...indexes]) await runner.query(statement)
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE topology_root, topology_due, link, arp_entry, device_key, neighbor_report')
    await runner.query('DROP SEQUENCE topology_due_serial')
    await runner.query('ALTER TABLE device DROP COLUMN computed_parent_ids, DROP COLUMN manual_parent_ids')
  }
}

const columns = [
  `ALTER TABLE device ADD COLUMN computed_parent_ids uuid[] NOT NULL DEFAULT '{}', ADD COLUMN manual_parent_ids uuid[]`,
  `UPDATE device SET monitoring = jsonb_set(monitoring, '{snmp}',
     '{"neighbors": true, "fdbRowsMax": 10000}'::jsonb || (monitoring -> 'snmp'))
   WHERE jsonb_typeof(monitoring -> 'snmp') = 'object'`,
]

const tables = [
  // `mentions` are the keys by which it names its neighbours, `macs` whom it forwards to on ports of few.
  `CREATE TABLE neighbor_report (
    device_id uuid PRIMARY KEY REFERENCES device ON DELETE CASCADE,
    at timestamptz(3) NOT NULL,
    said jsonb NOT NULL,
    fdb jsonb NOT NULL,
    hash text NOT NULL,
    arp_hash text NOT NULL,
    mentions text[] NOT NULL,
    macs text[] NOT NULL
  )`,
  // Everything by which neighbours may know a device, as `mac:…`, `ip:…`, `name:…`, `chassis:…`.
  `CREATE TABLE device_key (
    key text NOT NULL,
    device_id uuid NOT NULL REFERENCES device ON DELETE CASCADE,
    PRIMARY KEY (key, device_id)
  )`,
  `CREATE TABLE arp_entry (
    device_id uuid NOT NULL REFERENCES device ON DELETE CASCADE,
    address text NOT NULL,
    mac text NOT NULL,
    PRIMARY KEY (device_id, address)
  )`,
  // `told_by`: devices whose tables tell it now; none: it is kept for a while, as what was last known.
  `CREATE TABLE link (
    id uuid PRIMARY KEY,
    device_id uuid NOT NULL REFERENCES device ON DELETE CASCADE,
    interface_id uuid,
    port text,
    far_device_id uuid REFERENCES device ON DELETE CASCADE,
    far_interface_id uuid,
    far_port text,
    stranger jsonb,
    evidence text[] NOT NULL,
    confidence real NOT NULL,
    shared boolean NOT NULL,
    told_by uuid[] NOT NULL,
    first_seen_at timestamptz(3) NOT NULL,
    last_seen_at timestamptz(3) NOT NULL,
    CHECK ((far_device_id IS NULL) = (stranger IS NOT NULL))
  )`,
  // Devices whose links are to be worked out again. The serial tells a mark that was set meanwhile.
  'CREATE SEQUENCE topology_due_serial',
  `CREATE TABLE topology_due (
    device_id uuid PRIMARY KEY REFERENCES device ON DELETE CASCADE,
    serial bigint NOT NULL DEFAULT nextval('topology_due_serial')
  )`,
  'CREATE TABLE topology_root (device_id uuid PRIMARY KEY REFERENCES device ON DELETE CASCADE)',
]

const indexes = [
  'CREATE INDEX neighbor_report_mentions ON neighbor_report USING gin (mentions)',
  'CREATE INDEX neighbor_report_macs ON neighbor_report USING gin (macs)',
  'CREATE INDEX device_key_by_device ON device_key (device_id)',
  'CREATE INDEX arp_entry_by_address ON arp_entry (address)',
  'CREATE INDEX link_by_device ON link (device_id)',
  'CREATE INDEX link_by_far_device ON link (far_device_id)',
  'CREATE INDEX topology_due_by_serial ON topology_due (serial)',
  'INSERT INTO topology_due (device_id) SELECT id FROM device',
]
