import { randomUUID } from 'node:crypto'
import { QueryFailedError } from 'typeorm'
import * as z from 'zod'

import type { Identity } from '#core/contract/identity.js'
import { parseInput, SotpError } from '#core/service/errors.js'
import { validateInThread } from '#core/service/schema-thread.js'
import type { SecretBox } from '#core/service/secrets.js'
import { isCursor } from '#core/service/topics.js'
import { recordAudit } from '#db/audit/record.js'
import type { DataSource, EntityManager } from '#db/source.js'

import { inTurn } from '../schema-turns.js'
import { type PrivatePolicy, urlFault } from './address.js'
import { readDocument } from './document.js'
import type { Sender } from './send.js'
import { newSinkSecret } from './signature.js'
import {
  type CreateSinkInput,
  createSinkInput,
  type SavedSink,
  type Sink,
  type SinkTest,
  type UpdateSinkInput,
  updateSinkInput,
} from './sink.js'
import { recordSink } from './sink-audit.js'

export const secretRef = (id: string): string => `sink/${id}`

const sinksMax = 200
const columns = `id, name, url, document, variables, identity ->> 'name' AS owner, state, cursor, delivered, failed,
  last_error AS "lastError", failing_since AS "failingSince", last_delivered_at AS "lastDeliveredAt",
  created_at AS "createdAt", updated_at AS "updatedAt"`

/** Whatever a sink was going through is over: it begins again, with a runner that knows the change. */
const afresh = `pending = NULL, attempts = 0, last_error = NULL, failing_since = NULL, revision = revision + 1, updated_at = now()`

interface SinkParts {
  source: DataSource
  box: SecretBox
  policy: PrivatePolicy
  sender: Sender
  /** The schema that clients see while none has been published. */
  ownApi: string
}

/** What is true of sinks. Deliveries are the runner's. */
export class SinkService {
  readonly #source: DataSource
  readonly #box: SecretBox
  readonly #policy: PrivatePolicy
  readonly #sender: Sender
  readonly #ownApi: string

  constructor({ source, box, policy, sender, ownApi }: SinkParts) {
    this.#source = source
    this.#ownApi = ownApi
    this.#box = box
    this.#policy = policy
    this.#sender = sender
  }

  /** By name. */
  list(): Promise<Sink[]> {
    return this.#source.query<Sink[]>(`SELECT ${columns} FROM sink ORDER BY name`)
  }

  /** @throws SotpError BAD_USER_INPUT, NAME_CONFLICT, CONFLICT */
  async create(input: CreateSinkInput, owner: Identity): Promise<SavedSink> {
    const { name, url, document, variables } = parseInput(createSinkInput, input)
    await this.#judge({ url, document })
    const id = randomUUID()
    const secret = newSinkSecret()
    const sink = await this.#write(async (manager) => {
      const [row] = await manager.query<Sink[]>(
        `INSERT INTO sink (id, name, url, document, variables, identity, sealed_secret, state)
         SELECT $1, $2, $3, $4, $5, $6, $7, 'ACTIVE' WHERE (SELECT count(*) FROM sink) < ${sinksMax}
         RETURNING ${columns}`,
        [
          id,
          name,
          url,
          document,
          JSON.stringify(variables ?? {}),
          JSON.stringify(owner),
          this.#box.seal(secretRef(id), secret),
        ],
      )
      if (!row) throw new SotpError('CONFLICT', { message: `There may be at most ${sinksMax} sinks.` })
      await recordSink(manager, null, row)
      return row
    })
    return { sink, secret }
  }

  /** @throws SotpError NOT_FOUND, BAD_USER_INPUT, NAME_CONFLICT */
  async update(id: string, input: UpdateSinkInput, owner: Identity): Promise<SavedSink> {
    const { name, url, document, variables, paused, rotateSecret } = parseInput(updateSinkInput, input)
    await this.#judge({ url, document })
    const sinkId = parseInput(z.uuid(), id, 'id')
    const secret = rotateSecret ? newSinkSecret() : null
    const sink = await this.#write(async (manager) => {
      const before = await locked(manager, sinkId)
      const after = await one(
        manager,
        `UPDATE sink SET name = coalesce($2, name), url = coalesce($3, url), document = coalesce($4, document),
           variables = coalesce($5, variables), identity = $6, sealed_secret = coalesce($7, sealed_secret),
           state = CASE WHEN $8::boolean THEN 'PAUSED' WHEN $8 IS FALSE THEN 'ACTIVE' ELSE state END,
           cursor = CASE WHEN $4 IS NOT NULL AND $4 <> document THEN NULL ELSE cursor END, ${afresh}
         WHERE id = $1 RETURNING ${columns}`,
        [
          sinkId,
          name ?? null,
          url ?? null,
          document ?? null,
          variables ? JSON.stringify(variables) : null,
          JSON.stringify(owner),
          secret === null ? null : this.#box.seal(secretRef(sinkId), secret),
          paused ?? null,
        ],
      )
      await recordSink(manager, before, after, { ...(secret !== null && { secretReplaced: true }) })
      return after
    })
    return { sink, secret }
  }

  /** @throws SotpError NOT_FOUND */
  delete(id: string): Promise<Sink> {
    const sinkId = parseInput(z.uuid(), id, 'id')
    return this.#source.transaction(async (manager) => {
      const sink = await one(manager, `DELETE FROM sink WHERE id = $1 RETURNING ${columns}`, [sinkId])
      await recordSink(manager, sink, null)
      return sink
    })
  }

  /** Goes on behind `after`, or behind its own cursor. @throws SotpError NOT_FOUND, BAD_USER_INPUT */
  resume(id: string, after: string | null | undefined): Promise<Sink> {
    const cursor = parseInput(
      z.string().refine(isCursor, 'not a cursor of a stream').nullish(),
      after,
      'after',
    )
    const sinkId = parseInput(z.uuid(), id, 'id')
    return this.#source.transaction(async (manager) => {
      const before = await locked(manager, sinkId)
      const after = await one(
        manager,
        `UPDATE sink SET state = 'ACTIVE', cursor = coalesce($2, cursor), ${afresh} WHERE id = $1 RETURNING ${columns}`,
        [sinkId, cursor ?? null],
      )
      await recordSink(manager, before, after)
      return after
    })
  }

  /** Posts a test message, once. @throws SotpError NOT_FOUND */
  async test(id: string): Promise<SinkTest> {
    const sinkId = parseInput(z.uuid(), id, 'id')
    const [row] = await this.#source.query<{ name: string; url: string; sealedSecret: string }[]>(
      `SELECT name, url, sealed_secret AS "sealedSecret" FROM sink WHERE id = $1`,
      [sinkId],
    )
    if (!row) throw notFound()
    const message = `test_${randomUUID()}`
    // Before it goes out: what was posted cannot be taken back.
    const target = { type: 'Sink', id: sinkId, label: row.name }
    await recordAudit(this.#source.manager, { target, after: { message } })
    return this.#sender.send(row.url, this.#box.open(secretRef(sinkId), row.sealedSecret), {
      id: message,
      body: JSON.stringify({ id: message, sink: row.name, cursor: null, event: { test: true } }),
    })
  }

  /** @throws SotpError BAD_USER_INPUT naming what is wrong */
  async #judge({
    url,
    document,
  }: {
    url?: string | null | undefined
    document?: string | null | undefined
  }): Promise<void> {
    const wrong = url ? urlFault(url, this.#policy) : undefined
    if (wrong) throw badInput('url', wrong)
    if (!document) return
    try {
      readDocument(document)
    } catch (error) {
      throw badInput('document', (error as Error).message)
    }
    const [newest] = await this.#source.query<{ api: string }[]>(
      'SELECT api FROM supergraph_version ORDER BY version DESC LIMIT 1',
    )
    const work = { api: newest?.api ?? this.#ownApi, text: document }
    const [fault] = await inTurn(() => validateInThread(work))
    if (fault) throw badInput('document', fault)
  }

  async #write(work: (manager: EntityManager) => Promise<Sink>): Promise<Sink> {
    try {
      return await this.#source.transaction(work)
    } catch (error) {
      const code = error instanceof QueryFailedError && (error.driverError as { code?: string }).code
      if (code === '23505') throw new SotpError('NAME_CONFLICT', { field: 'input.name', cause: error })
      throw error
    }
  }
}

const notFound = () => new SotpError('NOT_FOUND', { message: 'There is no such sink.' })
const badInput = (name: string, fault: string) =>
  new SotpError('BAD_USER_INPUT', { message: `input.${name}: ${fault}`, field: `input.${name}` })

/** As it is, and stays until the transaction changes it. @throws SotpError NOT_FOUND */
async function locked(manager: EntityManager, id: string): Promise<Sink> {
  const [sink] = await manager.query<Sink[]>(`SELECT ${columns} FROM sink WHERE id = $1 FOR UPDATE`, [id])
  if (!sink) throw notFound()
  return sink
}

/** @throws SotpError NOT_FOUND where the statement met no row */
async function one(manager: EntityManager, sql: string, parameters: unknown[]): Promise<Sink> {
  // Of UPDATE and DELETE TypeORM tells the rows and their number.
  const [rows] = (await manager.query(sql, parameters)) as [Sink[], number]
  const [row] = rows
  if (!row) throw notFound()
  return row
}
