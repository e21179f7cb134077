import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { Secret, TOTP } from 'otpauth'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { hasBrowser } from '#tests/kit/browser.js'
import { type Pages, pathOf, startPages } from '#tests/kit/pages.js'

const password = 'basalt-Violin-7-orchard'
const ann = { email: 'anna.nowak@example.net', password }
const invited = 'ben@example.net'

// Skipped, and told so, where no Chromium is: CHROMIUM_PATH or /usr/bin/chromium.
describe.skipIf(!hasBrowser)('signing in, and who may do what, in a browser', { timeout: 150_000 }, () => {
  let pages: Pages
  /** The administrator's page. */
  let page: Page
  /** Somebody invited, who becomes a VIEWER. */
  let viewer: Page

  beforeAll(async () => {
    pages = await startPages()
    page = await pages.newPage()
  }, 120_000)
  afterAll(() => pages?.[Symbol.asyncDispose]())

  test('pages without a session are accessible, and offer the ways that this installation has', async () => {
    await pages.go(page, '/login?expired=1')
    await page.getByTestId('oidc-button').waitFor()
    expect(await pages.violations(page)).toEqual([])
    await page.getByRole('link', { name: 'Create an account' }).click()
    await page.getByTestId('account-form').waitFor()
    expect(await pages.violations(page)).toEqual([])
    await pages.go(page, '/invite#nobody-knows-this')
    await page.getByTestId('invite-dead').waitFor()
    expect(await pages.violations(page)).toEqual([])
  })

  test('a lock-out says for how long', async () => {
    const guesser = await pages.newPage()
    await pages.go(guesser, '/login')
    const error = guesser.getByTestId('login-error')
    await expect
      .poll(
        async () => {
          if (await guesser.locator('button[type=submit]').isEnabled())
            await pages.signIn(guesser, { email: 'nobody@example.net', password: 'not the password' })
          return (await error.isVisible()) ? error.textContent() : ''
        },
        { timeout: 30_000 },
      )
      .toMatch(/Try again in \d+ second/)
  })

  test('somebody registers, and the rules for the password are told while it is typed', async () => {
    const newcomer = await pages.newPage()
    await pages.go(newcomer, '/register?next=/profile')
    await newcomer.locator('input[type=email]').fill(ann.email)
    await newcomer.locator('input[autocomplete=name]').fill('Ann')
    const field = newcomer.locator('input[autocomplete=new-password]')
    await field.fill('anna.nowak1')
    await expect.poll(() => newcomer.getByText('not kept yet').count()).toBe(2)
    await field.fill(ann.password)
    await expect.poll(() => newcomer.getByText('not kept yet').count()).toBe(0)
    await newcomer.locator('button[type=submit]').click()
    await newcomer.getByTestId('factor-state').waitFor()
    expect(pathOf(newcomer)).toBe('/profile')
    expect(await pages.violations(newcomer)).toEqual([])
  })

  test('a second factor is set up, asked for, and has recovery codes for when the phone is lost', async () => {
    const person = await pages.newPage()
    await pages.go(person, '/profile')
    await pages.signIn(person, ann)
    await person.getByRole('button', { name: 'Set up' }).click()
    const first = person.getByTestId('factor-password')
    const word = first.locator('input[autocomplete=current-password]')
    const next = first.getByRole('button', { name: 'Next' })
    for (const [wrong, told] of [
      ['', 'Enter your password.'],
      ['wrong-Password-17', 'This is not your current password.'],
    ] as const) {
      await word.fill(wrong)
      await next.click()
      await first.getByText(told).waitFor()
    }
    expect(await person.getByTestId('qr-code').count()).toBe(0)
    expect(await pages.violations(person)).toEqual([])
    await word.fill(ann.password)
    await next.click()
    await person.getByTestId('qr-code').waitFor()
    expect(await pages.violations(person)).toEqual([])
    const totp = new TOTP({ secret: Secret.fromBase32(await person.getByTestId('totp-secret').inputValue()) })
    await person.locator('input[autocomplete=one-time-code]').fill('000000')
    await person.getByRole('button', { name: 'Turn on' }).click()
    await person.getByText('This code is wrong').waitFor()
    await person.locator('input[autocomplete=one-time-code]').fill(totp.generate())
    await person.getByRole('button', { name: 'Turn on' }).click()
    await person.getByTestId('recovery-code').first().waitFor()
    expect(await pages.violations(person)).toEqual([])
    const codes = await person.getByTestId('recovery-code').allTextContents()
    expect(new Set(codes).size).toBe(10)
    await person.keyboard.press('Escape')
    await person.getByText('First say that you have kept the codes.').waitFor()
    await person.getByRole('checkbox').check()
    await person.getByRole('button', { name: 'Done' }).click()
    await expect.poll(() => person.getByTestId('factor-state').textContent()).toBe('On')

    await pages.signOut(person)
    await pages.signIn(person, ann)
    await person.getByTestId('code-form').waitFor()
    expect(await pages.violations(person)).toEqual([])
    // A code counts once, and this half minute's has been used: the next one is good, too. It sends itself.
    await person
      .locator('input[autocomplete=one-time-code]')
      .fill(totp.generate({ timestamp: Date.now() + 30_000 }))
    await person.getByTestId('user-menu').waitFor()

    await pages.signOut(person)
    await pages.signIn(person, ann)
    await person.getByRole('button', { name: 'Use a recovery code' }).click()
    await person.getByLabel('Recovery code').fill(codes[3] ?? '')
    await person.locator('button[type=submit]').click()
    await person.getByTestId('user-menu').waitFor()
  })

  test('an invite is a link for another browser, and its secret reaches no log', async () => {
    await pages.go(page, '/users?form=invite')
    await pages.signIn(page, pages.product.admin)
    await page.getByTestId('invite-form').waitFor()
    await page.getByTestId('invite-form').locator('input[type=email]').fill(invited)
    await page.getByTestId('invite-form').locator('button[type=submit]').click()
    const link = await page.getByTestId('invite-link').inputValue()
    expect(link.startsWith(`${pages.product.url}/invite#`)).toBe(true)

    viewer = await pages.newPage()
    await viewer.goto(link)
    await viewer.getByTestId('account-form').waitFor()
    expect(await viewer.locator('input[type=email]').inputValue()).toBe(invited)
    expect(await pages.violations(viewer)).toEqual([])
    await viewer.locator('input[autocomplete=name]').fill('Ben')
    await viewer.locator('input[autocomplete=new-password]').fill(password)
    await viewer.locator('button[type=submit]').click()
    await viewer.getByTestId('user-menu').waitFor()

    const again = await pages.newPage()
    await again.goto(link)
    await again.getByTestId('invite-dead').waitFor()
    const logs = path.join(pages.product.stateDir, 'logs')
    const secret = link.split('#')[1] ?? ''
    expect(
      readdirSync(logs).filter((name) => readFileSync(path.join(logs, name), 'utf8').includes(secret)),
    ).toEqual([])
  })

  test('who may not open a page is told which permission is missing, and sees no way there', async () => {
    for (const [to, permission] of [
      ['/users', 'user.read'],
      ['/audit', 'audit.read'],
    ] as const) {
      await pages.go(viewer, to)
      await viewer.locator(`[data-testid=forbidden][data-permission="${permission}"]`).waitFor()
      await viewer.getByText('Auditor').waitFor()
    }
    expect(await pages.violations(viewer)).toEqual([])
    expect(await viewer.getByRole('link', { name: 'Users' }).count()).toBe(0)
    expect(await viewer.getByRole('link', { name: 'Alerts' }).count()).toBeGreaterThan(0)
  })

  test('an API token is shown once, does what its scopes say, and ends when it is revoked', async () => {
    await pages.go(viewer, '/profile')
    await viewer.getByTestId('new-token').click()
    const form = viewer.getByTestId('token-form')
    await form.locator('input[maxlength="100"]').fill('Report')
    await form.locator('input[value="device.read"]').check()
    expect(await form.locator('input[value="user.read"]').count()).toBe(0)
    await form.locator('button[type=submit]').click()
    const secret = await viewer.getByTestId('token-secret').inputValue()
    expect((await pages.ask(secret, '{ devices { totalCount } }')).data.devices.totalCount).toBe(0)
    expect((await pages.ask(secret, '{ users { totalCount } }')).errors?.[0]?.extensions.code).toBe(
      'FORBIDDEN',
    )
    await viewer.getByRole('button', { name: 'Done' }).click()
    await viewer.reload()
    await viewer.getByTestId('token-row').waitFor()
    expect(await viewer.content()).not.toContain(secret)
    await viewer.getByRole('button', { name: 'Revoke Report' }).click()
    await viewer.getByRole('dialog').getByRole('button', { name: 'Revoke', exact: true }).click()
    await viewer.getByText('Token revoked.').waitFor()
    expect((await pages.ask(secret, '{ devices { totalCount } }')).errors?.[0]?.extensions.code).toBe(
      'TOKEN_INVALID',
    )
  })

  test('users, their grants and the permission matrix', async () => {
    await pages.go(page, '/users')
    await page.locator(`[data-testid=user-row][data-email="${invited}"]`).click()
    const panel = page.getByTestId('user-panel')
    await panel.getByText('5 permissions').click()
    expect(await pages.violations(page)).toEqual([])
    await panel.getByRole('button', { name: 'Change grants' }).click()
    await page.getByTestId('grants-form').getByLabel('Auditor').check()
    expect(await pages.violations(page)).toEqual([])
    await page.getByTestId('grants-form').getByRole('button', { name: 'Save' }).click()
    await panel.locator('[data-role=AUDITOR]').waitFor()
    await pages.go(page, '/users?tab=roles')
    await page.getByTestId('permission-matrix').waitFor()
    expect(await pages.violations(page)).toEqual([])
    await pages.go(page, '/users?tab=invites')
    await page.locator(`[data-testid=invite-row][data-email="${invited}"]`).waitFor()
  })

  test('the audit log tells what was done and refused, what changed, and that it is whole', async () => {
    await pages.go(page, '/audit')
    const row = (action: string) => page.locator(`[data-testid=audit-row][data-action="${action}"]`).first()
    await expect
      .poll(
        async () => {
          await page.getByRole('button', { name: 'Refresh', exact: true }).click()
          return row('setGrants').isVisible()
        },
        { timeout: 20_000 },
      )
      .toBe(true)
    expect(await pages.violations(page)).toEqual([])
    await row('setGrants').click()
    const changes = page.getByTestId('audit-panel').getByTestId('audit-diff')
    await expect.poll(() => changes.textContent()).toContain('AUDITOR')
    expect(await pages.violations(page)).toEqual([])
    await page.getByLabel('Outcome').selectOption('DENIED')
    await expect.poll(() => new URL(page.url()).searchParams.get('outcome')).toBe('DENIED')
    await expect
      .poll(() => page.locator('[data-testid=audit-row]:not([data-outcome=DENIED])').count())
      .toBe(0)
    await row('read').waitFor()

    await page.getByTestId('verify-chain').click()
    await page.locator('[data-testid=verify-result][data-ok=true]').waitFor()
    await page.getByRole('dialog').getByRole('button', { name: 'Close' }).last().click()
    const [file] = await Promise.all([page.waitForEvent('download'), page.getByTestId('export-csv').click()])
    const table = readFileSync(await file.path(), 'utf8')
    expect(table.startsWith('seq,at,outcome,action,')).toBe(true)
    expect(table).toContain(',DENIED,read,')
    expect(table).not.toContain(',ALLOWED,')
  })

  test('signs in at an identity provider and goes where one wanted to; a refusal is explained', async () => {
    const person = await pages.newPage()
    await pages.go(person, '/alerts')
    await person.getByTestId('oidc-button').click()
    await person.getByRole('textbox', { name: 'Name' }).fill('ola')
    await person.getByRole('button', { name: 'Sign in' }).click()
    await person.getByTestId('user-menu').waitFor()
    await expect.poll(() => pathOf(person)).toBe('/alerts')

    const other = await pages.newPage()
    await pages.go(other, '/login')
    await other.getByTestId('oidc-button').click()
    await other.getByRole('button', { name: 'Cancel' }).click()
    await other.getByTestId('oidc-failed').waitFor()
    expect(await pages.violations(other)).toEqual([])
    await other.getByRole('link', { name: 'Back to sign-in' }).click()
    await other.getByTestId('login-form').waitFor()
  })

  test('nothing went wrong in any page on the way', () => {
    expect(pages.faults).toEqual([])
  })
})
