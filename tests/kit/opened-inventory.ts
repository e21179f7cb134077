import { afterAll } from 'vitest'

import { type DataSource, openSource } from '#db/source.js'
import { entities } from '#subgraphs/inventory/graph.js'

import { type InventoryRoom, startInventory } from './inventory.js'

/** The inventory subgraph and its tables, for a whole test file. */
export async function openInventory(): Promise<{ room: InventoryRoom; source: DataSource }> {
  const room = await startInventory()
  const source = await openSource({ url: room.databaseUrl, schema: 'inventory', entities })
  afterAll(async () => {
    await source.destroy()
    await room[Symbol.asyncDispose]()
  })
  return { room, source }
}
