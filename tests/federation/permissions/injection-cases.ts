import { Kind, parse, valueFromASTUntyped } from 'graphql'

import { beginTotp } from '#tests/kit/auth.js'
import { password } from '#tests/kit/whole-graph.js'

import { mutationCases } from './mutation-cases.js'
import type { Scene } from './scene.js'
import { inviteTo } from './scene-auth.js'

/** What an operation is asked with, before a text is put into it. */
export interface Base {
  variables: Record<string, unknown>
  /** Left out: those of an administrator. */
  headers?: Record<string, string>
}

export const bearer = (token: string) => ({ authorization: `Bearer ${token}` })

let made = 0
const address = (): string => {
  made += 1
  return `somebody-${made}@example.net`
}

/** What has to be unique is. */
const unique = (args: string): string => {
  made += 1
  return args
    .replaceAll('"new"', `"new-${made}"`)
    .replaceAll('"new@', `"new-${made}@`)
    .replaceAll('10.1.0.9', `10.9.${made >> 8}.${made & 255}`)
}

/** Arguments as a client would give them in variables. */
function valuesOf(args: string): Record<string, unknown> {
  const [definition] = parse(`{ field${unique(args)} }`).definitions
  const field =
    definition?.kind === Kind.OPERATION_DEFINITION ? definition.selectionSet.selections[0] : undefined
  const given = field?.kind === Kind.FIELD ? (field.arguments ?? []) : []
  return Object.fromEntries(given.map(({ name, value }) => [name.value, valueFromASTUntyped(value)]))
}

/** A sign-in at the provider that began in a browser: its `state`, and the cookie that ties it to that browser. */
async function beginOidc({ graph }: Scene): Promise<{ state: string; cookie: string }> {
  const response = await fetch(`${graph.url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query: 'mutation { beginOidc(input: {}) { url } }' }),
  })
  const { data } = (await response.json()) as { data: { beginOidc: { url: string } } }
  const state = new URL(data.beginOidc.url).searchParams.get('state') ?? ''
  return { state, cookie: response.headers.getSetCookie()[0]?.split(';')[0] ?? '' }
}

/** How each mutation is asked so that every text of its input is looked at. */
export function mutationBases(scene: Scene): Record<string, () => Base | Promise<Base>> {
  const { graph, admin, guarded } = scene
  const known = Object.entries(mutationCases(scene)).map(([name, { does }]) => [
    name,
    () => ({ variables: valuesOf(does) }),
  ])
  return {
    ...Object.fromEntries(known),
    acceptDiscovered: () => ({
      variables: {
        runId: scene.id.myRun,
        addresses: ['10.1.0.50'],
        input: { named: [{ address: '10.1.0.50', name: 'named' }] },
      },
    }),
    login: () => ({ variables: { input: { email: address(), password, code: '000000' } }, headers: {} }),
    register: () => ({ variables: { input: { email: address(), name: 'A', password } }, headers: {} }),
    async acceptInvite() {
      const { secret } = await inviteTo(graph, admin, address())
      return { variables: { input: { secret, name: 'A', password } }, headers: {} }
    },
    beginOidc: () => ({ variables: { input: { returnTo: '/' } }, headers: {} }),
    async completeOidc() {
      const { state, cookie } = await beginOidc(scene)
      return { variables: { input: { code: 'c', state, issuer: scene.issuer } }, headers: { cookie } }
    },
    async confirmTotp() {
      await graph.must(admin, beginTotp, { input: { password } })
      return { variables: { code: '000000' } }
    },
    disableTotp: () => ({
      variables: { input: { password, code: '000000' } },
      headers: bearer(guarded),
    }),
    renewRecoveryCodes: () => ({ variables: { code: '000000' }, headers: bearer(guarded) }),
  }
}
