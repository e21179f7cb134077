import type { Identity } from '#core/contract/identity.js'
import { type Permission, permissions } from '#core/contract/permissions.js'
import { scopeOf, scopeText } from '#core/service/scope.js'

const names = Object.keys(permissions) as Permission[]
const known = new WeakMap<Identity, string>()

/**
 * For whom a call to a subgraph runs: equal keys mean equal answers. A `VIEW` is its rights, in whatever order they
 * were granted; everybody else is also a person and a session.
 */
export function rightsKey(who: Identity | null): string {
  if (!who) return ''
  const kept = known.get(who)
  if (kept !== undefined) return kept
  const rights = names.map((name) => scopeText(scopeOf(who, name))).join(';')
  const person = who.kind === 'VIEW' ? 'VIEW' : JSON.stringify([who.kind, who.userId, who.sessionId])
  const key = `${person} ${rights}`
  known.set(who, key)
  return key
}
