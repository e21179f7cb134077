import type { MigrationInterface, QueryRunner } from 'typeorm'

import { followerTable } from '#db/projection.js'

/** Sites, credentials, devices and their interfaces. */
export class Devices1790000000000 implements MigrationInterface {
  name = 'Devices1790000000000'

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of [...tables, ...indexes, followerTable]) await runner.query(statement)
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE follower, interface, device_credential, device, credential, site')
  }
}

const tables = [
  `CREATE TABLE site (
    id uuid PRIMARY KEY,
    name text NOT NULL,
    city text,
    country text,
    latitude double precision,
    longitude double precision,
    timezone text
  )`,
  // `sealed` holds the secret, encrypted and bound to the row's id.
  `CREATE TABLE credential (
    id uuid PRIMARY KEY,
    name text NOT NULL,
    kind text NOT NULL,
    username text,
    sealed text NOT NULL,
    updated_at timestamptz(3) NOT NULL
  )`,
  // `address_key` is one text per address however it is written, and sorts as addresses do.
  `CREATE TABLE device (
    id uuid PRIMARY KEY,
    name text NOT NULL,
    address text NOT NULL,
    address_key text NOT NULL,
    site_id uuid REFERENCES site ON DELETE SET NULL,
    kind text NOT NULL,
    status text NOT NULL CHECK (status <> 'DELETED'),
    tags text[] NOT NULL,
    monitoring jsonb NOT NULL,
    vendor text,
    model text,
    os_version text,
    serial_number text,
    sys_object_id text,
    sys_descr text,
    sys_name text,
    facts_at timestamptz(3),
    created_at timestamptz(3) NOT NULL,
    updated_at timestamptz(3) NOT NULL,
    deleted_at timestamptz(3)
  )`,
  `CREATE TABLE device_credential (
    device_id uuid REFERENCES device ON DELETE CASCADE,
    credential_id uuid REFERENCES credential ON DELETE CASCADE,
    position int NOT NULL,
    PRIMARY KEY (device_id, credential_id)
  )`,
  // `present` is false once the device no longer reports the port; its history stays with its id.
  `CREATE TABLE interface (
    id uuid PRIMARY KEY,
    device_id uuid NOT NULL REFERENCES device ON DELETE CASCADE,
    key text NOT NULL,
    if_index int NOT NULL,
    name text NOT NULL,
    description text,
    alias text,
    mac text,
    type int NOT NULL,
    speed_bps bigint,
    mtu int,
    admin_up boolean NOT NULL,
    present boolean NOT NULL,
    last_seen_at timestamptz(3) NOT NULL
  )`,
]

const indexes = [
  'CREATE UNIQUE INDEX site_name ON site (lower(name))',
  'CREATE UNIQUE INDEX credential_name ON credential (lower(name))',
  'CREATE UNIQUE INDEX device_live_name ON device (lower(name)) WHERE deleted_at IS NULL',
  // Devices that are not pinged may share an address with different SNMP ports.
  `CREATE UNIQUE INDEX device_live_address ON device (
     address_key,
     (CASE WHEN (monitoring #>> '{icmp,enabled}')::boolean THEN '' ELSE coalesce(monitoring #>> '{snmp,port}', '') END)
   ) WHERE deleted_at IS NULL`,
  'CREATE INDEX device_by_name ON device (lower(name), id) WHERE deleted_at IS NULL',
  'CREATE INDEX device_by_site ON device (site_id, lower(name), id) WHERE deleted_at IS NULL',
  'CREATE INDEX device_by_tag ON device USING gin (tags)',
  'CREATE INDEX device_deleted ON device (deleted_at) WHERE deleted_at IS NOT NULL',
  'CREATE INDEX device_credential_by_credential ON device_credential (credential_id)',
  'CREATE INDEX interface_by_device ON interface (device_id, if_index, id) WHERE present',
]
