import { setTimeout as sleep } from 'node:timers/promises'

import type { LabDescription } from '../lab/description.js'
import { seedLab } from '../lab/seed.js'

interface Admin {
  email: string
  password: string
}

interface Readiness {
  ready: boolean
  components: { name: string; ok: boolean; message: string | null }[]
}

const sayAfterMs = 30_000

/** Waits until `/readyz` says yes; every 30 s says what is still missing. */
export async function waitUntilReady(
  url: string,
  say: (text: string) => void,
  signal: AbortSignal,
): Promise<void> {
  let sayAt = Date.now() + sayAfterMs
  let missing = 'the gateway does not answer yet'
  while (!signal.aborted) {
    try {
      const { ready, components } = (await (await fetch(`${url}/readyz`, { signal })).json()) as Readiness
      if (ready) return
      missing = components
        .filter(({ ok }) => !ok)
        .map(({ name, message }) => `${name}: ${message}`)
        .join('; ')
    } catch {
      // Not listening yet.
    }
    if (Date.now() > sayAt) {
      say(`not ready yet: ${missing}`)
      sayAt = Date.now() + sayAfterMs
    }
    await sleep(100, undefined, { signal }).catch(() => {})
  }
}

/** Signs in as the administrator. @throws Error with the answer's message. */
export async function signIn(url: string, { email, password }: Admin): Promise<string> {
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      query: 'mutation SignIn($input: LoginInput!) { login(input: $input) { accessToken } }',
      variables: { input: { email, password } },
    }),
  })
  const { data, errors } = (await response.json()) as {
    data?: { login: { accessToken: string } }
    errors?: { message: string }[]
  }
  if (!data?.login)
    throw new Error(`signing in as ${email} failed: ${errors?.[0]?.message ?? response.status}`)
  return data.login.accessToken
}

/**
 * Tells SOTP of the lab's devices, through its own graph; does nothing for those it knows. What goes wrong is said, and
 * SOTP runs on without them.
 */
export async function fillIn(
  { url, token, lab }: { url: string; token: string | undefined; lab: LabDescription },
  say: (text: string) => void,
): Promise<void> {
  if (!token)
    return say('new simulated devices are not added: set SOTP_ADMIN_PASSWORD, so that SOTP may sign in')
  try {
    const { created, rejected } = await seedLab({ endpoint: `${url}/graphql`, token, lab })
    if (created > 0) say(`added ${created} simulated devices`)
    for (const { line, reason } of rejected) say(`simulated device of line ${line} was not added: ${reason}`)
  } catch (error) {
    say(`the simulated devices were not added: ${(error as Error).message}`)
  }
}

interface Ready {
  url: string
  email: string
  /** Undefined: somebody chose it. */
  password: string | undefined
  logs: string
  lab: number
}

/** The block a person reads when all is up. */
export const describeReady = ({ url, email, password, logs, lab }: Ready): string => `
  SOTP is ready.

    open      ${url}
    sign in   ${email}
    password  ${password ?? 'the one you chose'}
    graph     ${url}/graphql
    network   ${lab > 0 ? `${lab} simulated devices (npm run lab -- help)` : 'none yet: add your first device in the browser'}
    logs      ${logs}
    stop      Ctrl-C

`
