import type { MigrationInterface, QueryRunner } from 'typeorm'

/**
 * SNMP settings of a device say more, and weak protocols have to be allowed for a credential. Which of the old ones use
 * some only their sealed secrets tell, so all old ones may: they stay usable.
 */
export class SnmpDetails1797100000000 implements MigrationInterface {
  name = 'SnmpDetails1797100000000'

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`UPDATE device SET monitoring = jsonb_set(monitoring, '{snmp}',
      '{"maxOidsPerRequest": 20, "contextName": "", "bulk": true, "allowNonIncreasing": false}'::jsonb
        || (monitoring->'snmp')) WHERE jsonb_typeof(monitoring->'snmp') = 'object'`)
    await runner.query('ALTER TABLE credential ADD COLUMN allow_weak boolean NOT NULL DEFAULT false')
    await runner.query(`UPDATE credential SET allow_weak = true WHERE kind = 'SNMP_V3'`)
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE credential DROP COLUMN allow_weak')
    await runner.query(`UPDATE device SET monitoring = jsonb_set(monitoring, '{snmp}',
      (monitoring->'snmp') - '{maxOidsPerRequest,contextName,bulk,allowNonIncreasing}'::text[])
      WHERE jsonb_typeof(monitoring->'snmp') = 'object'`)
  }
}
