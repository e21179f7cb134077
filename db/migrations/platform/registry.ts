import type { MigrationInterface, QueryRunner } from 'typeorm'

/** Subgraphs that joined at run time, and every supergraph that was published. */
export class Registry1764000000000 implements MigrationInterface {
  name = 'Registry1764000000000'

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE external_subgraph (
        name text PRIMARY KEY,
        url text NOT NULL,
        sdl text NOT NULL,
        sealed_key text NOT NULL,
        fault text,
        version integer NOT NULL,
        publisher text NOT NULL,
        created_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now()
      )`)
    await runner.query(`COMMENT ON COLUMN external_subgraph.fault IS
      'why it is left out of the supergraph; null: it is part of it'`)
    await runner.query(`
      CREATE TABLE supergraph_version (
        version integer PRIMARY KEY,
        id text NOT NULL,
        base_id text NOT NULL,
        sdl text NOT NULL,
        api text NOT NULL,
        fields jsonb NOT NULL,
        changes jsonb NOT NULL,
        cause text NOT NULL,
        subgraph text,
        publisher text,
        published_at timestamptz NOT NULL DEFAULT now()
      )`)
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE supergraph_version, external_subgraph')
  }
}
