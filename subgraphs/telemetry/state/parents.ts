/** A device as seen from those behind it. */
export interface Linked {
  /** It answers nothing: DOWN or UNREACHABLE. */
  silent: boolean
  /** Devices whose failure, all together, cuts it off. Of one that is not known nobody says that it failed. */
  parentIds: readonly string[]
}

/**
 * Devices that are silent because of others: all their parents are silent, and the way up through them leads to one that is
 * silent by itself (it has no parents, or one of them lives). Parents may go round in circles: where every way up stays in a
 * circle, nobody in it is excused by it, so that a fault always has somebody who is DOWN.
 */
export function cutOff(devices: ReadonlyMap<string, Linked>): Set<string> {
  const isSilent = (id: string) => devices.get(id)?.silent === true
  const children = new Map<string, string[]>()
  const reached: string[] = []
  for (const [id, { silent, parentIds }] of devices) {
    if (!silent) continue
    if (parentIds.length === 0 || !parentIds.every(isSilent)) reached.push(id)
    else for (const parent of parentIds) children.set(parent, [...(children.get(parent) ?? []), id])
  }
  const excused = new Set<string>()
  for (let id = reached.pop(); id !== undefined; id = reached.pop()) {
    for (const child of children.get(id) ?? []) {
      if (excused.has(child)) continue
      excused.add(child)
      reached.push(child)
    }
  }
  return excused
}
