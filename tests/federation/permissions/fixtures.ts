import { type GraphQLObjectType, type GraphQLSchema, getNamedType, isUnionType } from 'graphql'
import type { Permission } from '#core/contract/permissions.js'

import type { Access } from './access.js'
import type { Entry } from './operations.js'
import type { Caller, Scene } from './scene.js'
import { unwatched } from './scene-rows.js'

/** One way to ask for a field of Query. */
interface Case {
  args: string
  /** Needed for these arguments, beside what the field itself needs. */
  needs?: Permission
  own?: boolean
  uncertain?: boolean
}

/** How each field of Query is asked for; the first case must find something of the first site. */
const queryCases = ({ id }: Scene, { identity }: Caller): Record<string, readonly Case[]> => {
  const by = (...ids: string[]): Case[] => ids.map((one) => ({ args: `(id: "${one}")` }))
  const plain: Case[] = [{ args: '' }]
  const sites = `siteIds: ["${id.otherSite}"]`
  const self = identity?.userId ?? id.admin
  return {
    device: [
      ...by(id.mine, id.other, id.none),
      { args: '(name: "other-core")' },
      { args: '(address: "10.3.0.1")' },
    ],
    devices: [...plain, { args: `(filter: { ${sites} })` }, { args: '(filter: { search: "core" })' }],
    interface: by(id.myPort, id.otherPort),
    sensor: by(id.mySensor, id.otherSensor),
    site: by(id.site, id.otherSite),
    sites: plain,
    credentials: plain,
    topology: [...plain, { args: `(siteId: "${id.otherSite}")` }],
    discoveryRuns: plain,
    discoveryRun: by(id.myRun, id.otherRun),
    alert: by(id.myAlert, id.otherAlert),
    alerts: [...plain, { args: `(filter: { ${sites} })` }, { args: '(filter: { search: "core" })' }],
    alertRules: plain,
    viewer: [{ args: '', own: true, uncertain: identity === null }],
    registrationOpen: plain,
    user: [...by(id.admin), { args: `(id: "${self}")`, own: true }],
    users: plain,
    invites: plain,
    invite: [{ args: `(secret: "${id.inviteSecret}")` }, { args: '(secret: "unknown")' }],
    signInOptions: plain,
    permissions: plain,
    auditLog: [...plain, { args: '(filter: { search: "other-core" })' }],
    auditEvent: by(id.auditEvent, id.admin),
    auditLogCsv: plain,
    verifyAuditLog: plain,
    auditAnchors: plain,
    auditActions: plain,
    apiTokens: [
      { args: '', own: true },
      { args: `(userId: "${id.admin}")`, needs: 'user.read' },
    ],
    subgraphs: plain,
    checkSubgraph: [
      { args: '(input: { name: "rack", url: "http://127.0.0.1:9/", sdl: "type Query { a: Int }" })' },
    ],
    supergraphVersions: plain,
    sinks: plain,
    fieldUsage: plain,
    operations: plain,
    networkSummary: plain,
    pipelineHealth: plain,
    metricCatalog: plain,
    deviceStates: [
      ...plain,
      { args: `(filter: { deviceIds: ["${id.other}"] })` },
      { args: `(filter: { ${sites} })` },
    ],
    stateChanges: [...plain, { args: `(filter: { ${sites} })` }],
    trap: by(id.myTrap, id.otherTrap),
    traps: [...plain, { args: `(filter: { ${sites} })` }, { args: '(filter: { search: "777.25" })' }],
  }
}

/** The keys by which each entity is asked for: of the first site first, then of the other. */
const representations = ({ id }: Scene): Record<string, readonly object[]> => ({
  Device: [{ id: id.mine }, { id: id.other }, { id: id.none }],
  Interface: [{ id: id.myPort }, { id: id.otherPort }],
  Sensor: [{ id: id.mySensor }, { id: id.otherSensor }],
  Site: [{ id: id.site }, { id: id.otherSite }],
  Credential: [{ id: id.credential }],
  Link: [id.myLink, id.otherLink, unwatched.mine, unwatched.other].map((link) => ({ id: link })),
  DiscoveryRun: [{ id: id.myRun }, { id: id.otherRun }],
  DeviceState: [{ device: { id: id.mine } }, { device: { id: id.other } }],
  Alert: [{ id: id.myAlert }, { id: id.otherAlert }],
  AlertRule: [{ id: id.myRule }, { id: id.otherRule }],
  User: [{ id: id.admin }],
})

/** Arguments of fields below the root that cannot go without. */
export const nestedArgs = ({ now }: Scene): Record<string, string> => {
  const [from, to] = [new Date(now - 3_600_000).toISOString(), new Date(now - 1000).toISOString()]
  const range = `range: { from: "${from}", to: "${to}" }`
  return {
    'Device.series': `(metrics: ["icmp.rtt", "if.in.bps"], ${range})`,
    'Interface.series': `(metrics: ["if.in.bps"], ${range})`,
    'Sensor.series': `(metrics: ["sensor.fan"], ${range})`,
    'Device.availability': `(${range})`,
  }
}

const quoted = (args: string): string[] => [...args.matchAll(/"([^"]+)"/g)].map(([, text]) => text ?? '')

/** Every root field of Query of a schema. @throws Error naming one that has no case here */
export function rootEntries(schema: GraphQLSchema, access: Access, scene: Scene, caller: Caller): Entry[] {
  const cases = queryCases(scene, caller)
  const fields = Object.values(schema.getQueryType()?.getFields() ?? {}).filter(
    ({ name }) => !name.startsWith('_'),
  )
  const order = Object.keys(cases)
  return fields
    .sort((a, b) => order.indexOf(a.name) - order.indexOf(b.name))
    .flatMap(({ name, type }) => {
      const known = cases[name]
      if (!known) throw new Error(`say in fixtures.ts how Query.${name} is asked for`)
      return known.map(({ args, needs, own = false, uncertain = false }, index) => ({
        name: `Query.${name}${args}`,
        type: getNamedType(type),
        permissions: [...(access.get(`Query.${name}`) ?? []), ...(needs ? [needs] : [])],
        around: (selection: string) => `{ ${name}${args} ${selection} }`,
        given: quoted(args),
        own,
        uncertain,
        finds: index === 0 && !uncertain,
      }))
    })
}

/** Every entity that a subgraph can be asked for. @throws Error naming one that has no key here */
export function entityEntries(schema: GraphQLSchema, access: Access, scene: Scene): Entry[] {
  const union = schema.getType('_Entity')
  const known = representations(scene)
  return (isUnionType(union) ? union.getTypes() : []).filter(isResolvable).map((type) => {
    const keys = known[type.name]
    if (!keys) throw new Error(`say in fixtures.ts by which keys the entity ${type.name} is asked for`)
    const field = Object.keys(keys[0] ?? {})[0] ?? ''
    return {
      name: `_entities(${type.name})`,
      type,
      permissions: access.get(`${type.name}.${field}`) ?? [],
      around: (selection) =>
        `query ($of: [_Any!]!) { _entities(representations: $of) { ... on ${type.name} ${selection} } }`,
      finds: true,
      variables: { of: keys.map((key) => ({ __typename: type.name, ...key })) },
      given: quoted(JSON.stringify(keys)),
    }
  })
}

const isResolvable = ({ astNode }: GraphQLObjectType): boolean =>
  astNode?.directives?.some(
    ({ name, arguments: given = [] }) =>
      name.value === 'key' &&
      !given.some(
        ({ name: one, value }) => one.value === 'resolvable' && value.kind === 'BooleanValue' && !value.value,
      ),
  ) ?? false
