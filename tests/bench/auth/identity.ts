import { generateKeyPairSync, sign, verify } from 'node:crypto'
import { Redis } from 'ioredis'

import { openAuthenticator } from '#core/service/authenticator.js'
import { createLog } from '#core/service/log.js'
import { openTopics } from '#core/service/topics.js'
import { rememberTokens } from '#gateway/tokens.js'

import { tokenMint } from '../../kit/small-graph.js'
import { median, type Row } from '../row.js'

const rounds = 9
const warmTries = 20_000
const coldTries = 1000

/** Time of one call in ms: the median of some rounds of many. */
async function perCall(calls: number, work: (n: number) => unknown): Promise<number> {
  const times: number[] = []
  for (let round = 0; round < rounds; round += 1) {
    const startedAt = performance.now()
    for (let n = 0; n < calls; n += 1) await work(n)
    times.push((performance.now() - startedAt) / calls)
  }
  return median(times)
}

/**
 * What a request pays to be known: an access token that the gateway has seen within 30 s, and one it sees for the first
 * time. The references are one look into a map, and one bare verification of an Ed25519 signature of that length.
 */
export async function identityRows(redisUrl: string): Promise<Row[]> {
  const log = createLog('bench', 'silent')
  const redis = new Redis(redisUrl)
  await using topics = openTopics({ redisUrl, log })
  await using authenticator = await openAuthenticator({ redis, topics, log })
  const gateway = rememberTokens(authenticator)
  const token = await (await tokenMint(redisUrl))({ lifeSeconds: 3600 })
  await gateway.authenticate(token)
  const map = new Map([[token, {}]])
  const look = await perCall(warmTries, () => Promise.resolve(map.get(token)))
  const warm = await perCall(warmTries, () => gateway.authenticate(token))
  const { publicKey, privateKey } = generateKeyPairSync('ed25519')
  const body = Buffer.from(token.slice(0, token.lastIndexOf('.')))
  const signature = sign(null, body, privateKey)
  const bare = await perCall(coldTries, () => verify(null, body, publicKey, signature))
  const cold = await perCall(coldTries, () => authenticator.authenticate(token))
  redis.disconnect()
  return [
    { kind: 'warm (seen within 30 s)', value: warm, reference: look },
    { kind: 'cold (signature verified)', value: cold, reference: bare },
  ].map(({ kind, value, reference }) => ({
    name: `identity check of a request, ${kind}`,
    value,
    unit: 'ms',
    reference,
    ratio: value / reference,
    target: '≤ 0.2 ms',
    ok: value <= 0.2,
  }))
}
