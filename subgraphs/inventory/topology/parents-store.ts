import { setImmediate } from 'node:timers/promises'

import type { DataSource } from '#db/source.js'

import { appendDeviceChanged } from '../device/device-events.js'
import { type ParentTree, type TreeNode, workOutParents } from './parents.js'

const pageSize = 5000
/** Devices that get new parents in one transaction. */
const slice = 500

/** Works out who stands between whom, from all links, and tells whose parents changed. Returns how many. */
export async function refreshParents(source: DataSource): Promise<number> {
  const known: { id: string }[] = await source.query('SELECT device_id AS id FROM topology_root')
  const nodes = await readNodes(source)
  const tree = await workOutParents(nodes, await readEdges(source), new Set(known.map(({ id }) => id)))
  await source.query(
    `WITH gone AS (DELETE FROM topology_root WHERE NOT device_id = ANY($1::uuid[]))
     INSERT INTO topology_root (device_id) SELECT id FROM device WHERE id = ANY($1::uuid[]) ON CONFLICT DO NOTHING`,
    [tree.roots],
  )
  return storeParents(source, tree, nodes)
}

type Node = TreeNode & { computed: string[] }

async function readNodes(source: DataSource): Promise<Node[]> {
  const nodes: Node[] = []
  for (let after = '00000000-0000-0000-0000-000000000000'; ; ) {
    const rows: Node[] = await source.query(
      `SELECT id, kind, tags, manual_parent_ids AS manual, computed_parent_ids AS computed FROM device
       WHERE id > $1 AND deleted_at IS NULL ORDER BY id LIMIT ${pageSize}`,
      [after],
    )
    nodes.push(...rows)
    if (rows.length < pageSize) return nodes
    after = rows.at(-1)?.id ?? after
  }
}

async function readEdges(source: DataSource): Promise<[string, string][]> {
  const edges: [string, string][] = []
  for (let after = '00000000-0000-0000-0000-000000000000'; ; ) {
    const rows: { id: string; a: string; b: string }[] = await source.query(
      `SELECT id, device_id AS a, far_device_id AS b FROM link
       WHERE id > $1 AND far_device_id IS NOT NULL ORDER BY id LIMIT ${pageSize}`,
      [after],
    )
    for (const { a, b } of rows) edges.push([a, b])
    if (rows.length < pageSize) return edges
    after = rows.at(-1)?.id ?? after
    await setImmediate()
  }
}

async function storeParents(
  source: DataSource,
  { parents }: ParentTree,
  nodes: readonly Node[],
): Promise<number> {
  const changed = nodes.filter(({ id, computed }) => {
    const now = parents.get(id)
    return now !== undefined && now.join() !== computed.join()
  })
  let told = 0
  for (let from = 0; from < changed.length; from += slice) {
    const part = changed.slice(from, from + slice).map(({ id }) => ({ id, parents: parents.get(id) ?? [] }))
    // One that somebody changes at this moment is left for the next time: waiting for it could go in a circle.
    await source.transaction(async (manager) => {
      const free: { id: string }[] = await manager.query(
        `SELECT id FROM device WHERE id = ANY($1::uuid[]) ORDER BY id FOR NO KEY UPDATE SKIP LOCKED`,
        [part.map(({ id }) => id)],
      )
      const ids = new Set(free.map(({ id }) => id))
      const rows = part.filter(({ id }) => ids.has(id))
      await manager.query(
        `UPDATE device d SET computed_parent_ids = r.parents
         FROM jsonb_to_recordset($1::jsonb) AS r (id uuid, parents uuid[]) WHERE d.id = r.id`,
        [JSON.stringify(rows)],
      )
      await appendDeviceChanged(manager, 'UPDATED', [...ids], { relink: false })
      told += rows.length
    })
  }
  return told === changed.length ? told : -1
}
