import type { MigrationInterface, QueryRunner } from 'typeorm'

import { deviceTable, followerTable } from '#db/projection.js'

/** Rules, alerts with their timelines, and the little that alerting knows of devices. */
export class Alerting1795450000000 implements MigrationInterface {
  name = 'Alerting1795450000000'

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of [...tables, followerTable, deviceTable]) await runner.query(statement)
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(
      'DROP TABLE follower, device, interface_name, series_mark, alert_entry, alert, rule CASCADE',
    )
  }
}

const tables = [
  `CREATE TABLE rule (
    id uuid PRIMARY KEY,
    name text NOT NULL,
    enabled boolean NOT NULL,
    metric text NOT NULL,
    comparison text NOT NULL,
    threshold double precision NOT NULL,
    recovery_threshold double precision,
    for_seconds integer NOT NULL,
    keep_firing_seconds integer NOT NULL,
    severity text NOT NULL,
    scope jsonb NOT NULL,
    summary_template text NOT NULL,
    runbook_url text,
    built_in boolean NOT NULL DEFAULT false,
    -- Grows with every change; the sum over all rules tells the evaluator that something changed.
    version integer NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    -- A deleted rule stays readable for the alerts it once raised.
    deleted_at timestamptz
  )`,
  `CREATE UNIQUE INDEX rule_name ON rule (lower(name)) WHERE deleted_at IS NULL`,
  `CREATE TABLE alert (
    id uuid PRIMARY KEY,
    rule_id uuid NOT NULL REFERENCES rule,
    rule_version integer NOT NULL,
    metric text NOT NULL,
    device_id uuid NOT NULL,
    -- Interface id, or empty for a metric of the whole device.
    instance text NOT NULL,
    fingerprint text NOT NULL,
    severity text NOT NULL,
    state text NOT NULL,
    summary text NOT NULL,
    value double precision,
    starts_at timestamptz NOT NULL,
    fired_at timestamptz,
    resolved_at timestamptz,
    clearing_since timestamptz,
    last_at timestamptz NOT NULL,
    acknowledged_by uuid,
    acknowledged_at timestamptz,
    acknowledged_comment text
  )`,
  `CREATE UNIQUE INDEX alert_open ON alert (fingerprint) WHERE state IN ('PENDING', 'FIRING')`,
  `CREATE INDEX alert_newest ON alert (starts_at DESC, id DESC)`,
  `CREATE INDEX alert_device ON alert (device_id, starts_at DESC, id DESC)`,
  `CREATE INDEX alert_instance ON alert (instance, starts_at DESC, id DESC) WHERE instance <> ''`,
  `CREATE INDEX alert_firing ON alert (starts_at DESC, id DESC) WHERE state = 'FIRING'`,
  `CREATE TABLE alert_entry (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    alert_id uuid NOT NULL REFERENCES alert ON DELETE CASCADE,
    at timestamptz NOT NULL,
    kind text NOT NULL,
    text text NOT NULL,
    user_id uuid
  )`,
  `CREATE INDEX alert_entry_alert ON alert_entry (alert_id, id)`,
  // Up to where a series was judged when its alert closed: what is told again after a restart opens nothing.
  `CREATE TABLE series_mark (
    metric text NOT NULL,
    device_id uuid NOT NULL,
    instance text NOT NULL,
    at timestamptz NOT NULL,
    PRIMARY KEY (metric, device_id, instance)
  )`,
  `CREATE TABLE interface_name (id text PRIMARY KEY, device_id uuid NOT NULL, name text NOT NULL)`,
  `INSERT INTO rule (id, name, enabled, metric, comparison, threshold, recovery_threshold, for_seconds,
     keep_firing_seconds, severity, scope, summary_template, built_in)
   VALUES
     ('a1e70000-0000-4000-8000-000000000001', 'Device down', true, 'device.up', 'EQUAL', 0, NULL, 30, 0,
      'CRITICAL', '{}', '{device} is down', true),
     ('a1e70000-0000-4000-8000-000000000002', 'High CPU', true, 'system.cpu', 'GREATER_OR_EQUAL', 0.9, 0.8, 300, 0,
      'WARNING', '{}', '{device}: processor load is {value}', true),
     ('a1e70000-0000-4000-8000-000000000003', 'Interface saturated (in)', true, 'if.in.utilization',
      'GREATER_OR_EQUAL', 0.9, NULL, 300, 0, 'WARNING', '{}', '{device} {interface} receives at {value} of its rate', true),
     ('a1e70000-0000-4000-8000-000000000004', 'Interface saturated (out)', true, 'if.out.utilization',
      'GREATER_OR_EQUAL', 0.9, NULL, 300, 0, 'WARNING', '{}', '{device} {interface} sends at {value} of its rate', true),
     ('a1e70000-0000-4000-8000-000000000005', 'Packet loss', true, 'icmp.loss', 'GREATER_OR_EQUAL', 0.2, 0.05, 60, 0,
      'WARNING', '{}', '{device} loses {value} of its packets', true)`,
]
