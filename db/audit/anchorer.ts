import type { Log } from '#core/service/log.js'
import { count, gauge } from '#core/service/metrics.js'
import type { DataSource } from '../source.js'
import { type Anchor, type AnchorSeal, readAnchors, writeAnchor } from './anchor.js'
import { verifyAudit } from './verify.js'

/** Signs how far the chain has come. */
export class Anchorer {
  /** What this process signed last: whoever takes it out of the database cannot take it from here. */
  #last: Anchor | undefined

  constructor(private readonly parts: { source: DataSource; seal: AnchorSeal; log: Log }) {}

  /**
   * Signs the end of the chain where it has moved, but only what follows, event by event, from what was signed before:
   * a chain that somebody made anew must not get a signature. Returns whether it is as it was written.
   */
  async sign(now = Date.now()): Promise<boolean> {
    const { source, seal, log } = this.parts
    const anchors = await readAnchors(source.manager)
    const before = this.#last ?? anchors.findLast((anchor) => seal.holds(anchor))
    const { last, fault } = await verifyAudit({ source, seal, after: before })
    gauge('sotp_audit_broken', fault ? 1 : 0)
    if (fault) {
      log.error(
        { fault: { ...fault, seq: fault.seq.toString() } },
        'audit log is not as it was written, it is not signed',
      )
      return false
    }
    if (!last) return true
    const previousSeq = this.#last?.seq ?? anchors.findLast(({ seq }) => seq < last.seq)?.seq ?? 0n
    const anchor = seal.sign({ seq: last.seq, hash: last.hash, previousSeq, at: now })
    await writeAnchor(source.manager, anchor)
    this.#last = anchor
    count('sotp_audit_anchors_total')
    log.info({ seq: anchor.seq.toString(), hash: anchor.hash.toString('hex') }, 'audit log signed')
    return true
  }
}
