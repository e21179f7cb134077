import { AxeBuilder } from '@axe-core/playwright'
import type { Page } from 'playwright-core'

import { freePort } from '#deploy/local/ports.js'
import { openBrowser } from './browser.js'
import { oidcClient, startOidc } from './oidc.js'
import { startProduct } from './product.js'

const wcag = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']

/** The product without a network, an OpenID provider that it trusts, and browsers to look at both. */
export async function startPages() {
  await using stack = new AsyncDisposableStack()
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const issuer = stack.use(await startOidc({ redirectUri: `${url}/login/oidc` }))
  issuer.people.set('ola', { email: 'ola@example.net', email_verified: true, name: 'Ola', groups: ['noc'] })
  const product = stack.use(
    await startProduct({
      args: ['--no-lab'],
      port,
      env: {
        SOTP_PUBLIC_URL: url,
        SOTP_AUTH_REGISTRATION: 'open',
        SOTP_OIDC_ISSUER: issuer.issuer,
        SOTP_OIDC_CLIENT_ID: oidcClient.id,
        SOTP_OIDC_CLIENT_SECRET: oidcClient.secret,
        SOTP_OIDC_NAME: 'Company login',
        SOTP_OIDC_SCOPES: 'openid profile email groups',
        SOTP_OIDC_ROLES: 'noc=OPERATOR',
      },
    }),
  )
  const browser = await openBrowser()
  stack.defer(() => browser.close())
  const faults: string[] = []
  const owned = stack.move()

  return {
    product,
    /** What pages threw so far. */
    faults,
    /** A page of a browser that knows nobody yet. */
    async newPage(): Promise<Page> {
      const context = await browser.newContext({ viewport: { width: 1440, height: 900 } })
      const page = await context.newPage()
      page.on('pageerror', (error) => faults.push(error.message))
      return page
    },
    go: (page: Page, to: string) => page.goto(`${url}${to}`),
    async signIn(page: Page, who: { email: string; password: string }): Promise<void> {
      await page.locator('input[type=email]').fill(who.email)
      await page.locator('input[autocomplete=current-password]').fill(who.password)
      await page.locator('button[type=submit]').click()
    },
    async signOut(page: Page): Promise<void> {
      await page.getByTestId('user-menu').click()
      await page.getByRole('menuitem', { name: 'Sign out' }).click()
      await page.getByTestId('login-form').waitFor()
    },
    /** What is wrong on the page as it is now, by WCAG 2.2 AA. */
    async violations(page: Page): Promise<string[]> {
      const found = await new AxeBuilder({ page }).withTags(wcag).analyze()
      return found.violations.map(({ id, nodes }) => `${pathOf(page)} ${id}: ${nodes[0]?.html}`)
    },
    /** Asks the graph as a program with an access or API token does. */
    async ask(token: string, query: string) {
      const response = await fetch(`${url}/graphql`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
        body: JSON.stringify({ query }),
      })
      // biome-ignore lint/suspicious/noExplicitAny: answers differ from query to query
      return (await response.json()) as { data: any; errors?: { extensions: { code: string } }[] }
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  }
}
export type Pages = Awaited<ReturnType<typeof startPages>>

export const pathOf = (page: Page): string => new URL(page.url()).pathname
