import { createHash, randomBytes } from 'node:crypto'
import * as z from 'zod'

import type { AuditTarget } from '#core/contract/audit.js'
import { aboutAct, anonymousActor } from '#core/service/audit.js'
import { parseInput, SotpError } from '#core/service/errors.js'
import type { Log } from '#core/service/log.js'
import { recordAudit } from '#db/audit/record.js'
import type { DataSource } from '#db/source.js'

import type { Attempts } from '../session/attempts.js'
import type { Origin } from '../session/session.service.js'
import type { SignedIn, SignInService } from '../session/sign-in.service.js'
import { seenUser } from '../user/user.js'
import type { UserService } from '../user/user.service.js'
import { acceptance, Invite, type InvitePreview, type NewInvite } from './invite.js'
import { isOpen } from './waiting.js'

const lastsDays = 7
/** How long accepted, revoked and expired ones stay for whoever asks what happened. */
const keepEndedDays = 90
const listMax = 500

const hashOf = (secret: string): Buffer => createHash('sha256').update(secret).digest()

const targetOf = ({ id, email }: Pick<Invite, 'id' | 'email'>): AuditTarget => ({
  type: 'Invite',
  id,
  label: email,
})

export interface InviteParts {
  source: DataSource
  users: UserService
  signIn: SignInService
  attempts: Attempts
  log: Log
}

/** Invites: 256 random bits, stored as SHA-256, accepted once. */
export class InviteService {
  constructor(private readonly parts: InviteParts) {}

  /** The newest first: open ones, and those that ended within ninety days. */
  list(): Promise<Invite[]> {
    return this.parts.source.manager.find(Invite, { order: { createdAt: 'DESC', id: 'ASC' }, take: listMax })
  }

  /** Makes one; an older one to the same address is revoked. @throws SotpError CONFLICT when a user has the address */
  async create({ email, grants }: NewInvite, actorId: string): Promise<{ secret: string; invite: Invite }> {
    const secret = randomBytes(32).toString('base64url')
    const invite = await this.parts.source.transaction(async (manager) => {
      const known = (await manager.query('SELECT FROM account WHERE email = $1', [email])) as unknown[]
      if (known.length > 0) throw conflict('A user with this e-mail address already exists.')
      await manager.query(
        'UPDATE invite SET revoked_at = now() WHERE email = $1 AND accepted_at IS NULL AND revoked_at IS NULL',
        [email],
      )
      const [row] = (await manager.query(
        `INSERT INTO invite (email, grants, hash, created_by, expires_at)
         VALUES ($1, $2, $3, $4, now() + make_interval(days => $5))
         ON CONFLICT (email) WHERE accepted_at IS NULL AND revoked_at IS NULL DO NOTHING RETURNING id`,
        [email, JSON.stringify(grants), hashOf(secret), actorId, lastsDays],
      )) as { id: string }[]
      if (!row) throw conflict('Somebody else invites this address at this moment.')
      const made = await manager.findOneByOrFail(Invite, { id: row.id })
      await recordAudit(manager, {
        target: targetOf(made),
        after: { email, grants, expiresAt: made.expiresAt },
      })
      return made
    })
    this.parts.log.info({ inviteId: invite.id, actorId, grants }, 'invite made')
    return { secret, invite }
  }

  /** @throws SotpError NOT_FOUND when it is not open */
  async revoke(id: string): Promise<Invite> {
    if (!z.uuid().safeParse(id).success) throw noSuchInvite()
    return this.parts.source.transaction(async (manager) => {
      const [, revoked] = (await manager.query(
        `UPDATE invite SET revoked_at = now() WHERE id = $1 AND ${isOpen}`,
        [id],
      )) as [unknown, number]
      if (revoked !== 1) throw noSuchInvite()
      const invite = await manager.findOneByOrFail(Invite, { id })
      await recordAudit(manager, { target: targetOf(invite) })
      return invite
    })
  }

  /** What whoever has the secret may see; null when it opens nothing. */
  async preview(secret: string): Promise<InvitePreview | null> {
    const [row] = (await this.parts.source.query(
      `SELECT email, expires_at AS "expiresAt" FROM invite WHERE hash = $1 AND ${isOpen}`,
      [hashOf(secret.slice(0, 200))],
    )) as InvitePreview[]
    return row ?? null
  }

  /** Makes the account and signs in, all or nothing. @throws SotpError NOT_FOUND, CONFLICT, BAD_USER_INPUT, RATE_LIMITED */
  async accept(input: unknown, origin: Origin): Promise<SignedIn> {
    const { source, users, signIn, attempts, log } = this.parts
    const { secret, name, password } = parseInput(acceptance, input)
    await attempts.begin(null, origin.ip)
    const offered = await this.preview(secret)
    if (!offered) throw noSuchInvite()
    aboutAct({ actor: anonymousActor(offered.email), target: null })
    const passwordHash = await users.hashFor({ email: offered.email, name, password })
    const opened = await source.transaction(async (manager) => {
      const [[taken]] = (await manager.query(
        `UPDATE invite SET accepted_at = now() WHERE hash = $1 AND ${isOpen} RETURNING id, email, grants`,
        [hashOf(secret)],
      )) as [Invite[], number]
      if (!taken) throw noSuchInvite()
      const { email, grants } = taken
      const user = await users.add(manager, { email, name, grants, passwordHash })
      return signIn.enter(manager, user.id, origin, { ...seenUser(user), inviteId: taken.id })
    })
    log.info({ userId: opened.user.id }, 'invite accepted')
    return signIn.sign(opened)
  }

  /** Forgets what ended long ago. */
  async sweep(): Promise<void> {
    await this.parts.source.query(
      'DELETE FROM invite WHERE least(expires_at, accepted_at, revoked_at) < now() - make_interval(days => $1)',
      [keepEndedDays],
    )
  }
}

const conflict = (message: string) => new SotpError('CONFLICT', { message, field: 'input.email' })

const noSuchInvite = () =>
  new SotpError('NOT_FOUND', { message: 'No such invite; it was used, revoked, or has expired.' })
