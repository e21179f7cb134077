import type { MigrationInterface, QueryRunner } from 'typeorm'

/**
 * The audit log. Every subgraph writes to `inbox`, in the transaction of the change; `seal` moves what was committed
 * into `event`, each row chained to the one before. Nobody but the owner of this schema may change or delete a row, and
 * for the owner a trigger stands in the way.
 */
export class AuditLog1795700000000 implements MigrationInterface {
  name = 'AuditLog1795700000000'

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE inbox (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        written_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        content text NOT NULL CHECK (
          (content::jsonb ->> 'id')::uuid IS NOT NULL
          AND (content::jsonb ->> 'at')::bigint IS NOT NULL
          AND coalesce(length(content::jsonb ->> 'action'), 1000) <= 100
          AND coalesce(content::jsonb ->> 'outcome', '') IN ('ALLOWED', 'DENIED', 'FAILED')
          AND coalesce((content::jsonb #>> '{actor,userId}')::uuid, gen_random_uuid()) IS NOT NULL
          AND coalesce(length(content::jsonb #>> '{target,type}'), 0) <= 100
          AND coalesce(length(content::jsonb #>> '{target,id}'), 0) <= 400
        )
      )`)
    // What is searched is derived from what is hashed, so that the one cannot be changed without the other.
    await runner.query(`
      CREATE TABLE event (
        seq bigint PRIMARY KEY,
        content text NOT NULL,
        previous_hash bytea NOT NULL,
        hash bytea NOT NULL,
        id uuid NOT NULL GENERATED ALWAYS AS ((content::jsonb ->> 'id')::uuid) STORED,
        at_ms bigint NOT NULL GENERATED ALWAYS AS ((content::jsonb ->> 'at')::bigint) STORED,
        action text NOT NULL GENERATED ALWAYS AS (content::jsonb ->> 'action') STORED,
        outcome text NOT NULL GENERATED ALWAYS AS (content::jsonb ->> 'outcome') STORED,
        actor_id uuid GENERATED ALWAYS AS ((content::jsonb #>> '{actor,userId}')::uuid) STORED,
        target_type text GENERATED ALWAYS AS (content::jsonb #>> '{target,type}') STORED,
        target_id text GENERATED ALWAYS AS (content::jsonb #>> '{target,id}') STORED,
        words text NOT NULL GENERATED ALWAYS AS (
          coalesce(content::jsonb #>> '{actor,label}', '') || E'\\n' || (content::jsonb ->> 'action') || E'\\n' ||
          coalesce(content::jsonb #>> '{target,type}', '') || E'\\n' ||
          coalesce(content::jsonb #>> '{target,label}', '') || E'\\n' ||
          coalesce(content::jsonb #>> '{target,id}', '') || E'\\n' || coalesce(content::jsonb ->> 'ip', '')
        ) STORED
      )`)
    await runner.query(`CREATE INDEX event_by_id ON event (id)`)
    await runner.query(`CREATE INDEX event_by_time ON event (at_ms)`)
    await runner.query(`CREATE INDEX event_by_actor ON event (actor_id, seq) WHERE actor_id IS NOT NULL`)
    await runner.query(`CREATE INDEX event_by_target ON event (target_id, seq) WHERE target_id IS NOT NULL`)
    await runner.query(`CREATE INDEX event_by_type ON event (target_type, seq) WHERE target_type IS NOT NULL`)
    await runner.query(`CREATE INDEX event_by_action ON event (action, seq)`)
    await runner.query(`CREATE INDEX event_by_outcome ON event (outcome, seq) WHERE outcome <> 'ALLOWED'`)
    // A search looks anywhere in the words. Where the extension cannot be had, it reads them all instead.
    await runner.query(`
      DO $$
      DECLARE home text;
      BEGIN
        CREATE EXTENSION IF NOT EXISTS pg_trgm;
        SELECT extnamespace::regnamespace::text INTO home FROM pg_extension WHERE extname = 'pg_trgm';
        EXECUTE 'CREATE INDEX event_by_words ON event USING gin (words ' || home || '.gin_trgm_ops)';
      EXCEPTION WHEN insufficient_privilege OR undefined_file OR feature_not_supported THEN
        RAISE NOTICE 'no pg_trgm: %', SQLERRM;
      END $$`)
    // The last row that was sealed: who cuts the end off must know of this one, too.
    await runner.query(`
      CREATE TABLE head (
        single boolean PRIMARY KEY DEFAULT true CHECK (single),
        seq bigint NOT NULL,
        hash bytea NOT NULL
      )`)
    await runner.query(`INSERT INTO head (seq, hash) VALUES (0, decode(repeat('00', 32), 'hex'))`)
    // Places in the chain, signed with a key that the database does not know.
    await runner.query(`
      CREATE TABLE anchor (
        seq bigint PRIMARY KEY CHECK (seq > 0),
        previous_seq bigint NOT NULL,
        hash bytea NOT NULL,
        at_ms bigint NOT NULL,
        key_id text NOT NULL,
        signature bytea NOT NULL
      )`)
    await runner.query(`
      CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        RAISE EXCEPTION 'the audit log is append-only' USING ERRCODE = 'insufficient_privilege';
      END $$`)
    for (const table of ['event', 'anchor']) {
      await runner.query(`
        CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ${table}
          FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()`)
    }
    // hash = SHA-256(previous hash, seq as 8 bytes big-endian, content in UTF-8). An event that is known already came
    // twice, and is left out; another one under its id is kept beside it, so that nobody can take its place.
    await runner.query(`
      CREATE FUNCTION seal(at_most int) RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER
        SET search_path = audit, pg_temp AS $$
      DECLARE
        last head%ROWTYPE;
        taken record;
        next bytea;
        sealed bigint := 0;
      BEGIN
        SELECT * INTO last FROM head FOR UPDATE;
        FOR taken IN
          WITH gone AS (
            DELETE FROM inbox WHERE id IN (SELECT id FROM inbox ORDER BY id LIMIT at_most) RETURNING id, content
          )
          SELECT id, content FROM gone ORDER BY id
        LOOP
          sealed := sealed + 1;
          CONTINUE WHEN EXISTS (
            SELECT FROM event WHERE id = (taken.content::jsonb ->> 'id')::uuid AND content = taken.content
          );
          next := sha256(last.hash || int8send(last.seq + 1) || convert_to(taken.content, 'UTF8'));
          INSERT INTO event (seq, content, previous_hash, hash)
            VALUES (last.seq + 1, taken.content, last.hash, next);
          last.seq := last.seq + 1;
          last.hash := next;
        END LOOP;
        UPDATE head SET seq = last.seq, hash = last.hash WHERE head.seq <> last.seq;
        RETURN sealed;
      END $$`)
    await runner.query(`REVOKE ALL ON FUNCTION seal(int) FROM PUBLIC`)
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP FUNCTION seal')
    await runner.query('DROP TABLE anchor, head, event, inbox')
    await runner.query('DROP FUNCTION refuse_change')
  }
}
