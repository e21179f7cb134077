import { type GraphQLSchema, getNamedType } from 'graphql'

import type { Access } from './access.js'
import type { Entry } from './operations.js'
import type { Scene } from './scene.js'

/** How each subscription is asked for; the first case must tell of the first site. */
const cases = ({ id }: Scene): Record<string, readonly string[]> => ({
  alertChanged: ['', `(filter: { siteIds: ["${id.otherSite}"] })`],
  deviceChanged: ['', `(filter: { siteIds: ["${id.otherSite}"] })`],
  // A run of the other site is not there: `sites.test.ts` of inventory holds that.
  discoveryProgress: [`(runId: "${id.myRun}")`],
  deviceStateChanged: ['', `(filter: { deviceIds: ["${id.other}"] })`],
  trapReceived: ['', `(filter: { deviceIds: ["${id.other}"] })`],
  topologyChanged: ['', `(siteId: "${id.otherSite}")`],
  samples: [id.mine, id.other].map((one) => `(deviceId: "${one}", metrics: ["icmp.rtt"])`),
})

/** Every field of Subscription of a schema. @throws Error naming one that has no case here */
export const subscriptionEntries = (schema: GraphQLSchema, access: Access, scene: Scene): Entry[] =>
  Object.values(schema.getSubscriptionType()?.getFields() ?? {}).flatMap(({ name, type }) => {
    const known = cases(scene)[name]
    if (!known) throw new Error(`say in subscription-cases.ts how Subscription.${name} is asked for`)
    return known.map((args, index) => ({
      name: `Subscription.${name}${args}`,
      type: getNamedType(type),
      permissions: access.get(`Subscription.${name}`) ?? [],
      around: (selection: string) => `subscription { ${name}${args} ${selection} }`,
      given: [...args.matchAll(/"([^"]+)"/g)].map(([, text]) => text ?? ''),
      finds: index === 0,
    }))
  })
