import { randomBytes } from 'node:crypto'
import { Redis } from 'ioredis'

import type { Identity } from '#core/contract/identity.js'
import { type Permission, type Role, role } from '#core/contract/permissions.js'
import { createLog } from '#core/service/log.js'
import { startOutboxRelay } from '#db/outbox.js'
import { openSource } from '#db/source.js'
import { AlertRule } from '#subgraphs/alerting/rule/rule.js'
import { storeTraps } from '#subgraphs/telemetry/trap/store-traps.js'
import { device } from '#tests/kit/alerting.js'
import { Bench } from '#tests/kit/evaluation.js'
import { changeAccess } from '#tests/kit/gateway.js'
import { batch, miss, openIngestParts, ping } from '#tests/kit/telemetry.js'
import { trapBatchOf, trapRow } from '#tests/kit/trap-rows.js'
import { adminEmail, password, startWholeGraph, type WholeGraph } from '#tests/kit/whole-graph.js'
import { forgetAttempts, makeAccounts, openSignIn, sealAudit } from './scene-auth.js'
import { makeNetwork, type NetworkIds } from './scene-network.js'
import { makeRuns, unwatched, writeRows } from './scene-rows.js'

/** Somebody who asks. */
export interface Caller {
  name: string
  /** Null: not signed in. */
  token: string | null
  identity: Identity | null
  /** Whose grants end at the first site; undefined for those who may see all of the network, or nothing of it. */
  site?: string
}

export type Scene = Awaited<ReturnType<typeof startScene>>

/** Two sites full of names that tell where they are from, over every subgraph, and everybody who may ask. */
export async function startScene() {
  await using stack = new AsyncDisposableStack()
  const secretsKey = randomBytes(32).toString('base64')
  const signIn = stack.use(await openSignIn())
  const graph = stack.use(await startWholeGraph({ ...signIn.settings, SOTP_SECRETS_KEY: secretsKey }))
  const redis = stack.adopt(new Redis(graph.redisUrl), (client) => client.disconnect())
  const { token: admin, identity } = await graph.login(adminEmail)
  const id = { ...(await makeNetwork(graph, admin)), admin: identity.userId }
  const telemetry = stack.use(await openIngestParts(graph))
  const log = createLog('test', 'silent')
  for (const schema of ['telemetry', 'alerting']) {
    const { databaseUrl } = graph
    stack.use(startOutboxRelay({ databaseUrl, schema, topics: telemetry.topics, log }))
  }
  const now = Math.floor(Date.now() / 60_000) * 60_000
  const places = [
    { id: id.mine, siteId: id.site, port: id.myPort, sensor: id.mySensor, rtt: 5 },
    { id: id.other, siteId: id.otherSite, port: id.otherPort, sensor: id.otherSensor, rtt: 777.25 },
    { id: id.none, siteId: null, port: null, sensor: null, rtt: 777.25 },
  ]
  for (const place of places) await telemetry.addDevice({ id: place.id, siteId: place.siteId })
  const trapsOf = (known: readonly { id: string; trap?: string; rtt: number }[]) =>
    known.map(({ id: deviceId, trap = crypto.randomUUID(), rtt }) =>
      trapRow({ id: trap, deviceId, summary: `${rtt} in a trap` }),
    )
  const traps = { myTrap: crypto.randomUUID(), otherTrap: crypto.randomUUID() }
  const tell = (rows: ReturnType<typeof trapsOf>) =>
    storeTraps(telemetry.source, trapBatchOf([...rows, trapRow({ source: '10.3.0.99' })]), Date.now())
  const poll = async (at: number, more = 0) => {
    await telemetry.process(
      batch(
        'icmp',
        places.map((place) => ping(place.id, at, place.rtt + more)),
      ),
    )
    await tell(trapsOf([...places].reverse()))
  }
  await tell(
    trapsOf([
      { id: id.mine, trap: traps.myTrap, rtt: 5 },
      { id: id.other, trap: traps.otherTrap, rtt: 777.25 },
    ]),
  )
  const silent = places.map(({ id: one }) => one)
  for (const at of [now - 600_000, now - 570_000, now - 540_000])
    await telemetry.process(
      batch(
        'icmp',
        silent.map((one) => miss(one, at)),
      ),
    )
  for (const at of [now - 300_000, now - 240_000]) await poll(at)
  for (const { id: one, port, sensor, rtt } of places) {
    if (port === null) continue
    await telemetry.process(
      batch('snmp', [
        {
          id: one,
          at: now - 240_000,
          samples: [
            ['if.in.bps', rtt, port],
            ['snmp.response', rtt],
            ['sensor.fan', rtt, sensor],
          ],
        },
      ]),
    )
  }
  const alerts = await makeAlerts(graph, admin, id, now)
  const callers = await makeCallers(graph, admin, id.site)
  const sink = await makeSink(graph, admin)
  const apiToken = callers.find(({ identity: one }) => one?.kind === 'API_TOKEN')?.identity?.sessionId ?? ''
  await writeRows(graph, id)
  const runs = await makeRuns(graph, id)
  const accounts = await makeAccounts(graph, admin)
  const more = { ...alerts, ...traps, ...runs, ...accounts.id, sink, apiToken, session: identity.sessionId }
  const auditEvent = await sealAudit(graph, secretsKey)
  const owned = stack.move()
  return {
    graph,
    admin,
    callers,
    id: { ...id, ...more, auditEvent },
    now,
    telemetry,
    poll,
    /** Token of whoever has a second factor. */
    guarded: accounts.token,
    /** Of the OpenID provider. */
    issuer: signIn.issuer,
    forgetAttempts: () => forgetAttempts(redis),
    /** What nobody whose grants end at the first site may ever be told. */
    strange: [
      ...[
        id.otherSite,
        id.other,
        id.otherEdge,
        id.none,
        id.otherPort,
        id.otherSensor,
        id.otherLink,
        unwatched.other,
        alerts.otherAlert,
        alerts.otherRule,
        traps.otherTrap,
        runs.otherRun,
      ],
      ...['other-', 'nowhere-', '10.2.0.', '10.3.0.', '777.25'],
    ],
    /** What nobody may be told who may see nothing of the network. */
    own: [
      ...[id.mine, id.myEdge, id.site],
      id.myPort,
      id.mySensor,
      id.myLink,
      unwatched.mine,
      alerts.myAlert,
      alerts.myRule,
      traps.myTrap,
      runs.myRun,
      'mine-',
      '10.1.0.',
    ],
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  }
}

async function makeAlerts(graph: WholeGraph, admin: string, id: NetworkIds, now: number) {
  const source = await openSource({ url: graph.databaseUrl, schema: 'alerting', entities: [AlertRule] })
  const bench = new Bench(source)
  const rule = async (name: string, siteId: string): Promise<string> => {
    const input = { name, metric: 'icmp.rtt', comparison: 'GREATER', threshold: 1, severity: 'INFO' }
    const made = await graph.must(
      admin,
      'mutation ($input: AlertRuleInput!) { createAlertRule(input: $input) { id } }',
      { input: { ...input, scope: { siteIds: [siteId] } } },
    )
    return made.createAlertRule.id
  }
  const rules = {
    myRule: await rule('mine-rule', id.site),
    otherRule: await rule('other-rule', id.otherSite),
  }
  await bench.know(device({ id: id.mine, name: 'mine-core', siteId: id.site, siteName: 'mine-site' }))
  await bench.know(device({ id: id.other, name: 'other-core', siteId: id.otherSite, siteName: 'other-site' }))
  await bench.rules('for_seconds = 0')
  const alertOf = async (deviceId: string): Promise<string> => {
    const sample = { deviceId, metric: 'icmp.rtt' as const, value: 9 }
    await bench.judge([
      { ...sample, at: now - 120_000 },
      { ...sample, at: now - 60_000 },
    ])
    const rows = await source.query('SELECT id FROM alert WHERE device_id = $1', [deviceId])
    return rows[0].id
  }
  const alerts = { myAlert: await alertOf(id.mine), otherAlert: await alertOf(id.other) }
  await source.destroy()
  await graph.must(admin, `mutation { acknowledgeAlert(id: "${alerts.myAlert}", comment: "seen") { id } }`)
  return { ...rules, ...alerts }
}

async function makeCallers(graph: WholeGraph, admin: string, site: string): Promise<Caller[]> {
  const makeToken = async (of: string, scopes: Permission[]) => {
    const made = await graph.must(
      of,
      'mutation ($input: CreateApiTokenInput!) { createApiToken(input: $input) { secret token { id } } }',
      { input: { name: 'script', scopes } },
    )
    return made.createApiToken as { secret: string; token: { id: string } }
  }
  const person = async (name: string, grants: object[]): Promise<Caller> => {
    const email = `${name.toLowerCase().replaceAll(' ', '-')}@example.net`
    await graph.must(admin, 'mutation ($input: CreateUserInput!) { createUser(input: $input) { id } }', {
      input: { email, name, password, grants },
    })
    const signedIn = await graph.login(email)
    await makeToken(signedIn.token, ['device.read'])
    return { name, ...signedIn }
  }
  const callers: Caller[] = [{ name: 'not signed in', token: null, identity: null }]
  for (const one of role.options) {
    callers.push(await person(`${one} everywhere`, [{ role: one }]))
    callers.push({ ...(await person(`${one} within`, [{ role: one, siteIds: [site] }])), site })
  }
  const token = async (of: Role, within: boolean, scopes: Permission[]): Promise<Caller> => {
    const owner = callers.find(({ name }) => name === `${of} ${within ? 'within' : 'everywhere'}`)
    if (!owner?.identity) throw new Error('an API token has an owner')
    const { secret, token: known } = await makeToken(owner.token ?? '', scopes)
    const identity = { ...owner.identity, kind: 'API_TOKEN' as const, sessionId: known.id, scopes }
    return { name: `API token of ${owner.name}`, token: secret, identity, ...(within && { site }) }
  }
  callers.push(await token('ADMIN', false, ['device.read', 'telemetry.read']))
  callers.push(await token('OPERATOR', true, ['device.read', 'alert.read', 'alert.acknowledge']))
  const none = await person('nothing', [{ role: 'VIEWER' }])
  if (!none.identity) throw new Error('somebody signed in')
  // No administrator can take the last grant away; whoever has none must be refused all the same.
  await changeAccess(graph.redisUrl, { userId: none.identity.userId, grants: [] })
  callers.push({ ...none, identity: { ...none.identity, grants: [] } })
  return callers
}

async function makeSink(graph: WholeGraph, admin: string): Promise<string> {
  const document = 'subscription ($after: String) { alertChanged(after: $after) { cursor kind } }'
  const made = await graph.must(
    admin,
    'mutation ($input: CreateSinkInput!) { createSink(input: $input) { sink { id } } }',
    { input: { name: 'hook', url: 'http://127.0.0.1:9/', document } },
  )
  return made.createSink.sink.id
}
