import type { Row } from '../row.js'
import { type Child, startChild } from './child.js'
import { listRequests, supergraphOf } from './graph.js'
import { startHive } from './hive.js'
import type { HttpLoadCalls } from './http-load-process.js'
import { judge, notRun } from './judge.js'
import { loadInTurn, type ServedGateway } from './query-load.js'
import { type Scene, startOurs } from './scene.js'
import type { StockCalls } from './stock-process.js'

type Load = Child<HttpLoadCalls>

async function startStock({ origins }: Scene): Promise<ServedGateway> {
  const child = startChild<StockCalls>('stock')
  try {
    const url = await child.calls.start({ origins })
    return { url, pid: child.pid, tokens: [], [Symbol.asyncDispose]: () => child[Symbol.asyncDispose]() }
  } catch (error) {
    await child[Symbol.asyncDispose]()
    throw error
  }
}

/** Queries over two subgraphs: ours, stock @apollo/gateway and Hive Gateway in front of the same subgraphs. */
export async function queries(scene: Scene): Promise<Row[]> {
  await using load = startChild<HttpLoadCalls>('http-load')
  return [...(await fewEntities(scene, load)), ...(await manyEntities(scene, load))]
}

/** 20 to 29 entities, 32 connections. */
async function fewEntities(scene: Scene, load: Load): Promise<Row[]> {
  const connections = 32
  await using stack = new AsyncDisposableStack()
  const gateways: Record<string, ServedGateway> = {
    ours: stack.use(await startOurs(scene, connections)),
    stock: stack.use(await startStock(scene)),
  }
  let hiveFails: unknown
  try {
    gateways['hive'] = stack.use(await startHive(supergraphOf(scene.origins)))
  } catch (error) {
    hiveFails = error
  }
  const { ours, stock, hive } = await loadInTurn(gateways, { load, connections, bodies: listRequests(20) })
  if (!ours || !stock) throw new Error('a gateway was not measured')
  const compare = (name: string, unit: string, figure: 'perSecond' | 'cpuMicros' | 'p99') => ({
    name,
    unit,
    value: ours[figure],
    reference: stock[figure],
  })
  const againstHive = 'query of 2 subgraphs, against Hive Gateway'
  return [
    judge(compare('query of 2 subgraphs, against stock', '1/s', 'perSecond'), { ratioAtLeast: 3 }),
    judge(compare('… CPU of the gateway a request', 'µs', 'cpuMicros'), { ratioAtMost: 0.4 }),
    judge(compare('… p99', 'ms', 'p99'), { ratioAtMost: 0.5 }),
    hive
      ? judge(
          { name: againstHive, unit: '1/s', value: ours.perSecond, reference: hive.perSecond },
          { ratioAtLeast: 1.5 },
        )
      : notRun(againstHive, hiveFails),
  ]
}

/** 96 to 105 entities, 50 connections. */
async function manyEntities(scene: Scene, load: Load): Promise<Row[]> {
  const connections = 50
  await using ours = await startOurs(scene, connections)
  await using stock = await startStock(scene)
  const figures = await loadInTurn({ ours, stock }, { load, connections, bodies: listRequests(96) })
  return [
    judge(
      {
        name: 'query of 100 entities, against stock',
        unit: '1/s',
        value: figures.ours.perSecond,
        reference: figures.stock.perSecond,
      },
      { ratioAtLeast: 1.5 },
    ),
    judge(
      {
        name: '… p95 at 50 connections',
        unit: 'ms',
        value: figures.ours.p95,
        reference: figures.stock.p95,
      },
      { valueAtMost: 150 },
    ),
  ]
}
