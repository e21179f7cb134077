import type { MigrationInterface, QueryRunner } from 'typeorm'

import { followerTable } from '#db/projection.js'

/** Webhook sinks: where the events of a subscription go, and how far each has come. */
export class Sinks1764000002000 implements MigrationInterface {
  name = 'Sinks1764000002000'

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE sink (
        id uuid PRIMARY KEY,
        name text NOT NULL UNIQUE,
        url text NOT NULL,
        document text NOT NULL,
        variables jsonb NOT NULL,
        identity jsonb NOT NULL,
        sealed_secret text NOT NULL,
        state text NOT NULL,
        cursor text,
        pending jsonb,
        attempts integer NOT NULL DEFAULT 0,
        delivered bigint NOT NULL DEFAULT 0,
        failed bigint NOT NULL DEFAULT 0,
        last_error text,
        failing_since timestamptz,
        last_delivered_at timestamptz,
        revision integer NOT NULL DEFAULT 1,
        runner text,
        runner_until timestamptz,
        created_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now()
      )`)
    await runner.query(followerTable)
    await runner.query(`COMMENT ON COLUMN sink.pending IS
      'the event being delivered, as it was first sent: a repeat after a crash is the same message'`)
    await runner.query(`COMMENT ON COLUMN sink.revision IS
      'grows with each change by a person; what a runner learned of an older one no longer counts'`)
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE sink, follower')
  }
}
