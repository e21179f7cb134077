import type { MigrationInterface, QueryRunner } from 'typeorm'

/** Who asks for which field, in buckets of a day (UTC). */
export class Usage1764000001000 implements MigrationInterface {
  name = 'Usage1764000001000'

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE operation (
        hash text PRIMARY KEY,
        name text,
        type text NOT NULL,
        text text,
        first_seen_at timestamptz NOT NULL,
        last_seen_at timestamptz NOT NULL
      )`)
    await runner.query(`CREATE INDEX operation_by_last_seen ON operation (last_seen_at)`)
    // A text may come before, or in another job than, the first use of its operation.
    await runner.query(`
      CREATE TABLE operation_use (
        day date NOT NULL,
        operation_hash text NOT NULL,
        client_name text NOT NULL,
        client_version text NOT NULL,
        count bigint NOT NULL,
        errors bigint NOT NULL,
        last_seen_at timestamptz NOT NULL,
        PRIMARY KEY (day, operation_hash, client_name, client_version)
      )`)
    await runner.query(`
      CREATE TABLE field_use (
        day date NOT NULL,
        coordinate text NOT NULL,
        operation_hash text NOT NULL,
        client_name text NOT NULL,
        client_version text NOT NULL,
        count bigint NOT NULL,
        errors bigint NOT NULL,
        last_seen_at timestamptz NOT NULL,
        PRIMARY KEY (coordinate, day, operation_hash, client_name, client_version)
      )`)
    await runner.query(`CREATE INDEX field_use_by_day ON field_use (day)`)
    // A report that a queue hands out twice is counted once.
    await runner.query(`
      CREATE TABLE usage_report (
        id uuid PRIMARY KEY,
        taken_at timestamptz NOT NULL DEFAULT now()
      )`)
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE usage_report, field_use, operation_use, operation')
  }
}
