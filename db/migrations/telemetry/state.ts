import type { MigrationInterface, QueryRunner } from 'typeorm'

import { deviceTable, followerTable } from '#db/projection.js'

/** What is known of each device and port now, how it came to be, and how the pipeline itself is doing. */
export class State1700000200000 implements MigrationInterface {
  name = 'State1700000200000'

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(deviceTable)
    await runner.query(followerTable)
    // No index beside the key, and half of each page free: every poll updates its rows in place (HOT).
    await runner.query(`
      CREATE TABLE device_state (
        device_id uuid PRIMARY KEY,
        site_id uuid,
        reachability text NOT NULL,
        reason text NOT NULL,
        since timestamptz NOT NULL,
        rtt_ms double precision,
        loss_ratio double precision,
        jitter_ms double precision,
        cpu_ratio double precision,
        memory_ratio double precision,
        uptime_seconds double precision,
        last_polled_at timestamptz,
        stale_at timestamptz,
        memory jsonb NOT NULL DEFAULT '{}'
      ) WITH (fillfactor = 50)`)
    await runner.query(`
      CREATE TABLE state_change (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        device_id uuid NOT NULL,
        at timestamptz NOT NULL,
        "from" text NOT NULL,
        "to" text NOT NULL,
        reason text NOT NULL
      )`)
    await runner.query('CREATE INDEX ON state_change (device_id, at DESC, id DESC)')
    await runner.query('CREATE INDEX ON state_change (at DESC, id DESC)')
    await runner.query(`
      CREATE TABLE interface_state (
        id text COLLATE "C" PRIMARY KEY,
        device_id uuid NOT NULL,
        at timestamptz NOT NULL,
        oper double precision,
        in_bps double precision,
        out_bps double precision,
        in_utilization double precision,
        out_utilization double precision,
        in_errors double precision,
        out_errors double precision,
        in_discards double precision,
        out_discards double precision
      ) WITH (fillfactor = 50)`)
    await runner.query('CREATE INDEX ON interface_state (device_id)')
    await runner.query(`
      CREATE TABLE ingest_minute (
        minute timestamptz NOT NULL,
        collector text NOT NULL,
        polls int NOT NULL,
        failed int NOT NULL,
        samples bigint NOT NULL,
        PRIMARY KEY (minute, collector)
      )`)
    await runner.query(`
      CREATE TABLE stage (
        name text PRIMARY KEY,
        last_success_at timestamptz,
        newest_at timestamptz,
        message text
      )`)
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(
      'DROP TABLE stage, ingest_minute, interface_state, state_change, device_state, follower, device',
    )
  }
}
