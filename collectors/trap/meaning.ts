import type { Severity } from '#core/contract/severity.js'
import type { TrapCategory, Varbind } from '#core/contract/traps.js'

import type { Catalogue, KnownNotification, KnownObject } from './catalogue.js'
import { fill } from './summary.js'
import type { ReadVarbind } from './varbinds.js'

/** What a notification means, as far as the catalogue knows. */
export interface Meaning {
  name: string | null
  severity: Severity
  category: TrapCategory
  summary: string
  varbinds: Varbind[]
  /** Whether the device should be polled at once. */
  poll: boolean
}

/** An object of the catalogue and the index that follows it in the OID. */
export interface Found {
  object: KnownObject
  index: string
}

const enterprises = '1.3.6.1.4.1.'

/** Reads a notification by the catalogue. */
export function meaningOf(catalogue: Catalogue, oid: string, read: readonly ReadVarbind[]): Meaning {
  const named = read.map((varbind) => ({ varbind, found: findObject(catalogue, varbind.oid) }))
  const varbinds = named.map(({ varbind, found }) => ({ ...varbind, name: found ? nameOf(found) : null }))
  const known = findNotification(catalogue, oid)
  const carried = (name: string) => named.find(({ found }) => found?.object.name === name)
  if (!known) {
    const summary = unknownSummary(catalogue, oid, varbinds)
    return { name: null, severity: 'NOTICE', category: 'OTHER', summary, varbinds, poll: false }
  }
  const grave = known.severityFrom && carried(known.severityFrom.object)?.varbind.value
  return {
    name: known.name,
    severity: (grave !== undefined && known.severityFrom?.values[grave]) || known.severity,
    category: known.category,
    summary: fill(known.summary, (name) => {
      const hit = carried(name)
      return (
        hit?.found && {
          ...hit.varbind,
          index: hit.found.index,
          word: hit.found.object.values[hit.varbind.value],
        }
      )
    }),
    varbinds,
    poll: known.poll,
  }
}

function findNotification({ notifications, under }: Catalogue, oid: string): KnownNotification | undefined {
  // Where a proxy has mapped between versions, the zero before the last arc comes and goes (RFC 3584 §3.1).
  const [without, withZero] = [oid.replace(/\.0\.(\d+)$/, '.$1'), oid.replace(/\.(\d+)$/, '.0.$1')]
  const found = notifications.get(oid) ?? notifications.get(without) ?? notifications.get(withZero)
  if (found) return found
  for (let end = oid.lastIndexOf('.'); end > 0; end = oid.lastIndexOf('.', end - 1)) {
    const above = under.get(oid.slice(0, end))
    if (above) return above
  }
  return undefined
}

function findObject({ objects }: Catalogue, oid: string): Found | undefined {
  for (let end = oid.length; end > 0; end = oid.lastIndexOf('.', end - 1)) {
    const object = objects.get(oid.slice(0, end))
    if (object) return { object, index: oid.slice(end + 1) }
  }
  return undefined
}

const nameOf = ({ object: { name }, index }: Found): string => (index === '' ? name : `${name}.${index}`)

function unknownSummary(
  { enterprises: names }: Catalogue,
  oid: string,
  varbinds: readonly Varbind[],
): string {
  const number = oid.startsWith(enterprises) ? oid.slice(enterprises.length).split('.')[0] : undefined
  const vendor = number && names.get(number)
  const said = varbinds
    .filter(
      ({ type, value, oid: of }) =>
        type === 'OCTET_STRING' && value !== '' && !value.startsWith('0x') && !of.startsWith('1.3.6.1.6.'),
    )
    .map(({ value }) => value)
  const what = vendor ? `${vendor} notification ${oid}` : `Notification ${oid}`
  return said.length > 0 ? `${what}: ${said.slice(0, 2).join(', ')}` : what
}
