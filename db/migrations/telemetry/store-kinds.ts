import type { MigrationInterface, QueryRunner } from 'typeorm'

/**
 * What LAST and P95 need in the tiers, values beside their keys, and which kind of store this database has (`db/store/kind.ts` decides it once).
 * Rows rolled up before have neither: their last value is not known, of their hours only the mean.
 */
export class StoreKinds1796100000000 implements MigrationInterface {
  name = 'StoreKinds1796100000000'

  async up(runner: QueryRunner): Promise<void> {
    // Samples of one series lie scattered, a page each, as they came in; with the value in the index a chart of a day reads
    // ten pages of a series instead of a thousand, for 8 bytes a sample.
    await runner.query(
      'ALTER TABLE sample DROP CONSTRAINT sample_pkey, ADD PRIMARY KEY (series_id, at) INCLUDE (value)',
    )
    await runner.query('ALTER TABLE sample_5m ADD COLUMN last double precision')
    await runner.query('ALTER TABLE sample_1h ADD COLUMN last double precision, ADD COLUMN means real[]')
    await runner.query(`
      CREATE TABLE store_kind (
        id boolean PRIMARY KEY DEFAULT true CHECK (id),
        kind text NOT NULL,
        since timestamptz NOT NULL DEFAULT now()
      )`)
    // Marks come and go by the thousand: cleared early, their table stays a few pages.
    await runner.query(
      'ALTER TABLE rollup_dirty SET (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000)',
    )
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(
      'ALTER TABLE rollup_dirty RESET (autovacuum_vacuum_scale_factor, autovacuum_vacuum_threshold)',
    )
    await runner.query('DROP TABLE store_kind')
    await runner.query('ALTER TABLE sample_1h DROP COLUMN last, DROP COLUMN means')
    await runner.query('ALTER TABLE sample_5m DROP COLUMN last')
    await runner.query('ALTER TABLE sample DROP CONSTRAINT sample_pkey, ADD PRIMARY KEY (series_id, at)')
  }
}
