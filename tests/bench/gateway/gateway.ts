import type { Bench } from '../row.js'
import { queries } from './queries.js'
import { openScene } from './scene.js'

/** The gateway against stock @apollo/gateway, Hive Gateway, raw ws and stock graphql-ws, all on the same subgraphs. */
export const gateway: Bench = async () => {
  await using scene = await openScene()
  return [...(await queries(scene))]
}
