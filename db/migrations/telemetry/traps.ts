import type { MigrationInterface, QueryRunner } from 'typeorm'

/** SNMP traps and informs as they came, and how many datagrams ended otherwise. */
export class Traps1795600300000 implements MigrationInterface {
  name = 'Traps1795600300000'

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE trap (
        id uuid PRIMARY KEY,
        at timestamptz NOT NULL,
        last_at timestamptz NOT NULL,
        stored_at timestamptz NOT NULL,
        repeats int NOT NULL,
        source text NOT NULL,
        source_port int NOT NULL,
        device_id uuid,
        version text,
        kind text,
        oid text,
        name text,
        severity text NOT NULL,
        category text NOT NULL,
        summary text NOT NULL,
        up_time_ticks bigint,
        agent_address text,
        engine_id text,
        user_name text,
        varbinds jsonb NOT NULL,
        refusal text,
        detail text,
        raw bytea NOT NULL
      )`)
    await runner.query('CREATE INDEX ON trap (at DESC, id DESC)')
    await runner.query('CREATE INDEX ON trap (device_id, at DESC, id DESC)')
    // An empty source stands for all senders together. A report that comes again changes nothing.
    await runner.query(`
      CREATE TABLE trap_count (
        report_id uuid NOT NULL,
        source text NOT NULL,
        outcome text NOT NULL,
        at timestamptz NOT NULL,
        datagrams int NOT NULL,
        PRIMARY KEY (report_id, source, outcome)
      )`)
    await runner.query('CREATE INDEX ON trap_count (at)')
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE trap_count, trap')
  }
}
