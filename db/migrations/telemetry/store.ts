import type { MigrationInterface, QueryRunner } from 'typeorm'

/**
 * Samples in three tiers, each partitioned by time. Partitions are made and dropped by `db/store/partitions.ts`, never
 * here: how long data lives is a setting. On TimescaleDB the same three names will be hypertables.
 */
export class Store1700000100000 implements MigrationInterface {
  name = 'Store1700000100000'

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE series (
        id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        device_id uuid NOT NULL,
        metric text NOT NULL,
        instance text COLLATE "C" NOT NULL,
        UNIQUE (device_id, metric, instance)
      )`)
    // An empty instance is the device itself: equality finds it, which it would not with null.
    await runner.query(`CREATE INDEX series_instance ON series (instance, metric) WHERE instance <> ''`)
    await runner.query(`
      CREATE TABLE sample (
        series_id int NOT NULL,
        at timestamptz NOT NULL,
        value double precision NOT NULL,
        PRIMARY KEY (series_id, at)
      ) PARTITION BY RANGE (at)`)
    await runner.query('CREATE INDEX ON sample USING brin (at) WITH (pages_per_range = 32)')
    for (const table of ['sample_5m', 'sample_1h']) {
      await runner.query(`
        CREATE TABLE ${table} (
          series_id int NOT NULL,
          at timestamptz NOT NULL,
          min double precision NOT NULL,
          max double precision NOT NULL,
          sum double precision NOT NULL,
          count int NOT NULL,
          PRIMARY KEY (series_id, at)
        ) PARTITION BY RANGE (at)`)
      await runner.query(`CREATE INDEX ON ${table} USING brin (at) WITH (pages_per_range = 32)`)
    }
    // A mark is written in the transaction of the samples it stands for, so no sample can miss its roll-up.
    await runner.query(`
      CREATE TABLE rollup_dirty (
        tier text NOT NULL,
        bucket timestamptz NOT NULL,
        series int4multirange NOT NULL
      )`)
    await runner.query('CREATE INDEX ON rollup_dirty (tier, bucket)')
    await runner.query(`
      CREATE TABLE rollup_progress (
        tier text PRIMARY KEY,
        until timestamptz NOT NULL
      )`)
    await runner.query(`INSERT INTO rollup_progress VALUES ('sample_5m', 'epoch'), ('sample_1h', 'epoch')`)
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE rollup_progress, rollup_dirty, sample_1h, sample_5m, sample, series')
  }
}
