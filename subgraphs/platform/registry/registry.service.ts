import { randomBytes } from 'node:crypto'

import { remoteKeyRef } from '#core/contract/supergraph.js'
import type { SubgraphPart } from '#core/service/compose.js'
import { parseInput, SotpError } from '#core/service/errors.js'
import type { Log } from '#core/service/log.js'
import { type ComposeOutcome, composeInThread } from '#core/service/schema-thread.js'
import type { SecretBox } from '#core/service/secrets.js'
import type { DataSource, EntityManager } from '#db/source.js'

import { inTurn } from '../schema-turns.js'
import { judge, usedDocuments } from './affected.js'
import type { Base } from './base.js'
import { readExternal } from './external-sdl.js'
import {
  active,
  type External,
  externalColumns,
  externals,
  ownSubgraph,
  recordExternal,
  shown,
} from './external-subgraph.js'
import {
  type PublishSubgraphInput,
  type RegisteredSubgraph,
  type SubgraphInput,
  subgraphInput,
} from './registered-subgraph.js'
import type { SchemaCheck } from './schema-check.js'
import { addVersion, latestVersion, type StoredVersion } from './versions.js'

export interface Published {
  subgraph: RegisteredSubgraph
  /** Only at the first time. */
  secret: string | null
}

interface RegistryParts {
  source: DataSource
  base: Base
  box: SecretBox
  log: Log
  /** Called after each new version. */
  published: () => void
}

const externalsMax = 50
const lock = 'sotp_platform_registry'
const today = () => new Date().toISOString().slice(0, 10)

/** What is true of the subgraphs of the graph. One change at a time, whatever process makes it. */
export class RegistryService {
  readonly #source: DataSource
  readonly #base: Base
  readonly #box: SecretBox
  readonly #log: Log
  readonly #published: () => void

  constructor({ source, base, box, log, published }: RegistryParts) {
    this.#source = source
    this.#base = base
    this.#box = box
    this.#log = log
    this.#published = published
  }

  /** Our own first, then the external ones, each by name. */
  async list(): Promise<RegisteredSubgraph[]> {
    return [...this.#base.parts.map(ownSubgraph), ...(await externals(this.#source.manager)).map(shown)]
  }

  /** What publishing it would mean. @throws SotpError BAD_USER_INPUT, NAME_CONFLICT */
  async check(input: SubgraphInput): Promise<SchemaCheck> {
    const wanted = this.#parse(input)
    const { manager } = this.#source
    const others = (await externals(manager)).filter(({ name }) => name !== wanted.name)
    const outcome = await this.#compose(
      manager,
      [...others.filter(active), wanted],
      await latestVersion(manager),
    )
    return judge(manager, outcome)
  }

  /** @throws SotpError BAD_USER_INPUT, NAME_CONFLICT, SCHEMA_INVALID, SCHEMA_BREAKING, CONFLICT, IN_USE */
  async publish(input: PublishSubgraphInput, publisher: string): Promise<Published> {
    const wanted = this.#parse(input)
    const published = await this.#change(async (manager, latest) => {
      const all = await externals(manager)
      const known = all.find(({ name }) => name === wanted.name)
      if (known && active(known) && known.url === wanted.url && known.sdl === wanted.sdl) {
        await recordExternal(manager, known, known)
        return { subgraph: shown(known), secret: null }
      }
      if (!known && all.length >= externalsMax) {
        throw new SotpError('CONFLICT', {
          message: `There may be at most ${externalsMax} external subgraphs.`,
        })
      }
      const others = all.filter(({ name }) => name !== wanted.name)
      const outcome = await this.#compose(manager, [...others.filter(active), wanted], latest)
      refuse(await judge(manager, outcome), input.force)
      const version = await addVersion(manager, {
        base: this.#base,
        outcome,
        plain: false,
        cause: 'PUBLISHED',
        subgraph: wanted.name,
        publisher,
      })
      const secret = known ? null : randomBytes(32).toString('base64url')
      const [row] = (await manager.query(
        `INSERT INTO external_subgraph AS old (name, url, sdl, sealed_key, version, publisher)
         VALUES ($1, $2, $3, $4, $5, $6)
         ON CONFLICT (name) DO UPDATE SET url = excluded.url, sdl = excluded.sdl, fault = NULL,
           version = excluded.version, publisher = excluded.publisher, updated_at = now()
         RETURNING ${externalColumns}`,
        [
          wanted.name,
          wanted.url,
          wanted.sdl,
          // An existing subgraph keeps the key it has; this text is then not used.
          secret === null ? '' : this.#box.seal(remoteKeyRef(wanted.name), secret),
          version,
          publisher,
        ],
      )) as [External]
      await recordExternal(manager, known ?? null, row, { forced: input.force })
      return { subgraph: shown(row), secret }
    })
    this.#published()
    return published
  }

  /** @throws SotpError NOT_FOUND, SCHEMA_BREAKING, SCHEMA_INVALID (others build on it), CONFLICT */
  async remove(name: string, force: boolean, publisher: string): Promise<RegisteredSubgraph> {
    const removed = await this.#change(async (manager, latest) => {
      const all = await externals(manager)
      const known = all.find((one) => one.name === name)
      if (!known) throw new SotpError('NOT_FOUND', { message: 'There is no such external subgraph.' })
      const others = all.filter((one) => one.name !== name && active(one))
      const outcome = await this.#compose(manager, others, latest)
      refuse(await judge(manager, outcome), force)
      await manager.query('DELETE FROM external_subgraph WHERE name = $1', [name])
      await addVersion(manager, {
        base: this.#base,
        outcome,
        plain: others.length === 0,
        cause: 'REMOVED',
        subgraph: name,
        publisher,
      })
      await recordExternal(manager, known, null)
      return shown(known)
    })
    this.#published()
    return removed
  }

  /**
   * Sees to it that the newest version builds on this release's own subgraphs. External ones that no longer compose
   * with them are left out, the graph goes on without them.
   */
  async settle(): Promise<void> {
    const settled = await this.#source.transaction(async (manager) => {
      await manager.query('SELECT pg_advisory_xact_lock(hashtext($1))', [lock])
      const latest = await latestVersion(manager)
      if (latest?.baseId === this.#base.id) return false
      const { joined, outcome } = await this.#joinWhatFits(manager, latest)
      await addVersion(manager, {
        base: this.#base,
        outcome,
        plain: joined === 0,
        cause: 'RELEASE',
        subgraph: null,
        publisher: null,
      })
      return true
    })
    if (settled) this.#published()
  }

  /** Composes all externals, or as many as fit, in the order in which they joined. */
  async #joinWhatFits(
    manager: EntityManager,
    latest: StoredVersion | undefined,
  ): Promise<{ joined: number; outcome: ComposeOutcome }> {
    const all = await externals(manager)
    const faults = new Map<string, string>()
    let joined: External[] = all
    let outcome = await this.#compose(manager, all, latest)
    if (!outcome.composition) {
      joined = []
      outcome = await this.#compose(manager, [], latest)
      for (const one of all) {
        const tried = await this.#compose(manager, [...joined, one], latest)
        if (tried.composition) [joined, outcome] = [[...joined, one], tried]
        else faults.set(one.name, tried.faults.join('\n'))
      }
    }
    if (!outcome.composition)
      throw new Error(`our own subgraphs do not compose: ${outcome.faults.join('; ')}`)
    for (const [name, fault] of faults) this.#log.error({ subgraph: name, fault }, 'subgraph is left out')
    await manager.query(`UPDATE external_subgraph SET fault = ($1::jsonb) ->> name`, [
      JSON.stringify(Object.fromEntries(faults)),
    ])
    return { joined: joined.length, outcome }
  }

  #change<Result>(
    work: (manager: EntityManager, latest: StoredVersion | undefined) => Promise<Result>,
  ): Promise<Result> {
    return this.#source.transaction(async (manager) => {
      await manager.query('SELECT pg_advisory_xact_lock(hashtext($1))', [lock])
      const latest = await latestVersion(manager)
      if (latest && latest.baseId !== this.#base.id) {
        throw new SotpError('CONFLICT', {
          message: 'Another release of SOTP is taking over; try again soon.',
        })
      }
      return work(manager, latest)
    })
  }

  async #compose(
    manager: EntityManager,
    others: readonly SubgraphPart[],
    latest: StoredVersion | undefined,
  ): Promise<ComposeOutcome> {
    const read = others.map((part) => ({ part, ...readExternal(part.sdl, this.#base) }))
    const faults = read.flatMap(({ part, faults }) => faults.map((fault) => `[${part.name}] ${fault}`))
    if (faults.length > 0) return { composition: null, faults, changes: [], broken: [], fields: [] }
    const work = {
      parts: [...this.#base.parts, ...read.map(({ part: { name, url }, sdl }) => ({ name, url, sdl }))],
      before: latest?.api ?? null,
      documents: latest ? await usedDocuments(manager) : [],
      today: today(),
    }
    return inTurn(() => composeInThread(work))
  }

  #parse(input: SubgraphInput): SubgraphPart {
    const wanted = parseInput(subgraphInput, input)
    if (this.#base.parts.some(({ name }) => name === wanted.name)) {
      const message = `"${wanted.name}" is one of SOTP's own subgraphs.`
      throw new SotpError('NAME_CONFLICT', { message, field: 'input.name' })
    }
    return wanted
  }
}

const toldMax = 10

function refuse(
  { composes, faults, changes, brokenOperations, publishable }: SchemaCheck,
  force: boolean,
): void {
  if (!composes) throw new SotpError('SCHEMA_INVALID', { message: words(faults) })
  if (publishable || force) return
  const hits = changes
    .filter(({ operations }) => operations.length > 0)
    .map(({ message, operations }) => `${message}, used by ${operations.map(nameOf).join(', ')}`)
  throw new SotpError('SCHEMA_BREAKING', {
    message: words([...hits, ...brokenOperations.map((one) => `${nameOf(one)}: ${one.message}`)]),
  })
}

const nameOf = ({ name, hash }: { name: string | null; hash: string }): string => name ?? hash.slice(0, 12)
const words = (lines: readonly string[]): string =>
  [
    ...lines.slice(0, toldMax),
    ...(lines.length > toldMax ? [`and ${lines.length - toldMax} more`] : []),
  ].join('; ')
