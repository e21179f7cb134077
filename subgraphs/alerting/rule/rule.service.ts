import { randomUUID } from 'node:crypto'
import { IsNull, QueryFailedError, type SelectQueryBuilder } from 'typeorm'
import * as z from 'zod'

import type { AuditTarget } from '#core/contract/audit.js'
import { parseInput, SotpError } from '#core/service/errors.js'
import { type Scope, siteIdsOf } from '#core/service/scope.js'
import { changed } from '#db/audit/changed.js'
import { recordAudit } from '#db/audit/record.js'
import type { DataSource, EntityManager } from '#db/source.js'

import { AlertRule } from './rule.js'
import { seenRule, valuesOf } from './rule-audit.js'
import { type AlertRuleInput, parseRule } from './rule-input.js'

/** What is true of rules. The evaluator notices a change within about a second by the versions. */
export class RuleService {
  constructor(private readonly source: DataSource) {}

  /** Those that are not deleted and may watch a device within the scope, by name. */
  list(scope: Scope): Promise<AlertRule[]> {
    return this.#watching(scope).andWhere('rule.deletedAt IS NULL').orderBy('rule.name').getMany()
  }

  /** By id, deleted ones too: an old alert still names its rule. Only those that may watch a device within the scope. */
  async byIds(ids: readonly string[], scope: Scope): Promise<Map<string, AlertRule>> {
    const wanted = ids.filter((id) => z.uuid().safeParse(id).success)
    const rules = await this.#watching(scope).andWhere('rule.id = ANY(:wanted)', { wanted }).getMany()
    return new Map(rules.map((rule) => [rule.id, rule]))
  }

  #watching(scope: Scope): SelectQueryBuilder<AlertRule> {
    const sites = siteIdsOf(scope)
    const rules = this.source.createQueryBuilder(AlertRule, 'rule')
    if (sites === null) return rules.where('true')
    return rules.where(
      `(rule.scope -> 'siteIds' IS NULL OR EXISTS (
         SELECT FROM jsonb_array_elements_text(rule.scope -> 'siteIds') AS site (id) WHERE CAST(site.id AS uuid) = ANY(:sites)))
       AND (rule.scope -> 'deviceIds' IS NULL OR EXISTS (
         SELECT FROM jsonb_array_elements_text(rule.scope -> 'deviceIds') AS own (id)
         JOIN device d ON d.id = CAST(own.id AS uuid) WHERE d.site_id = ANY(:sites)))`,
      { sites },
    )
  }

  /** @throws SotpError BAD_USER_INPUT, NAME_CONFLICT */
  create(input: AlertRuleInput): Promise<AlertRule> {
    const values = parseRule(input)
    return this.#write(async (manager) => {
      const rule = await manager.save(
        manager.create(AlertRule, {
          ...values,
          id: randomUUID(),
          builtIn: false,
          version: 1,
          updatedAt: new Date(),
          deletedAt: null,
        }),
      )
      await recordAudit(manager, { target: targetOf(rule), after: await seenRule(manager, values) })
      return rule
    })
  }

  /** @throws SotpError NOT_FOUND, BAD_USER_INPUT, NAME_CONFLICT */
  update(id: string, input: AlertRuleInput): Promise<AlertRule> {
    return this.#write(async (manager) => {
      const rule = await this.#existing(manager, id)
      const values = parseRule(input, rule)
      const [before, after] = [await seenRule(manager, valuesOf(rule)), await seenRule(manager, values)]
      await recordAudit(manager, { target: targetOf(rule), ...changed(before, after) })
      return manager.save(Object.assign(rule, values, { version: rule.version + 1, updatedAt: new Date() }))
    })
  }

  /** Its alerts resolve; the rule stays readable through them. @throws SotpError NOT_FOUND, CONFLICT (built in) */
  delete(id: string): Promise<AlertRule> {
    return this.#write(async (manager) => {
      const rule = await this.#existing(manager, id)
      if (rule.builtIn) {
        throw new SotpError('CONFLICT', { message: 'A built-in rule cannot be deleted; disable it instead.' })
      }
      await recordAudit(manager, { target: targetOf(rule), before: await seenRule(manager, valuesOf(rule)) })
      const now = new Date()
      return manager.save(Object.assign(rule, { version: rule.version + 1, updatedAt: now, deletedAt: now }))
    })
  }

  async #existing(manager: EntityManager, id: string): Promise<AlertRule> {
    const rule = await manager.findOne(AlertRule, {
      where: { id: parseInput(z.uuid(), id, 'id'), deletedAt: IsNull() },
      lock: { mode: 'pessimistic_write' },
    })
    if (!rule) throw new SotpError('NOT_FOUND', { message: 'There is no such rule.' })
    return rule
  }

  async #write(work: (manager: EntityManager) => Promise<AlertRule>): Promise<AlertRule> {
    try {
      return await this.source.transaction(work)
    } catch (error) {
      const code = error instanceof QueryFailedError && (error.driverError as { code?: string }).code
      if (code === '23505') throw new SotpError('NAME_CONFLICT', { field: 'input.name', cause: error })
      throw error
    }
  }
}

const targetOf = ({ id, name }: AlertRule): AuditTarget => ({ type: 'AlertRule', id, label: name })
