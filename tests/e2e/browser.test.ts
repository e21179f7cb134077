import { AxeBuilder } from '@axe-core/playwright'
import type { Browser, Locator, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { hasBrowser, openBrowser } from '#tests/kit/browser.js'
import { labControl } from '#tests/kit/lab.js'
import { type Product, startProduct } from '#tests/kit/product.js'

const wcag = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']

// Skipped, and told so, where no Chromium is: CHROMIUM_PATH or /usr/bin/chromium.
describe.skipIf(!hasBrowser)('the dashboard in a browser', () => {
  let product: Product
  let browser: Browser
  let page: Page
  const foreign: string[] = []
  const faults: string[] = []
  beforeAll(async () => {
    ;[product, browser] = await Promise.all([startProduct(), openBrowser()])
    const context = await browser.newContext({ viewport: { width: 1440, height: 900 } })
    page = await context.newPage()
    page.on('request', (request) => {
      if (!request.url().startsWith(product.url) && !request.url().startsWith('data:'))
        foreign.push(request.url())
    })
    page.on('pageerror', (error) => faults.push(error.message))
  }, 120_000)
  afterAll(async () => {
    await browser?.close()
    await product?.[Symbol.asyncDispose]()
  })

  const at = (path: string) => page.goto(`${product.url}${path}`)
  const row = (name: string) => page.locator(`[data-testid="device-row"][data-device-name="${name}"]`)
  const violations = async () =>
    (await new AxeBuilder({ page }).withTags(wcag).analyze()).violations.map(
      ({ id, nodes }) => `${id}: ${nodes[0]?.html}`,
    )

  test('asks who you are before it shows anything, and refuses a wrong password', async () => {
    await at('/devices')
    await page.getByTestId('login-form').waitFor()
    expect(await page.getByTestId('device-row').count()).toBe(0)
    expect(await violations()).toEqual([])
    await page.locator('input[type=email]').fill(product.admin.email)
    await page.locator('input[type=password]').fill('not the password at all')
    await page.locator('button[type=submit]').click()
    await page.getByTestId('login-error').waitFor()
  })

  test('signs in, returns to where you wanted to be, and shows 24 devices live', async () => {
    await page.locator('input[type=password]').fill(product.admin.password)
    await page.locator('button[type=submit]').click()
    await page.getByTestId('device-row').first().waitFor()
    expect(new URL(page.url()).pathname).toBe('/devices')
    await expect.poll(() => page.getByTestId('device-row').count()).toBe(24)
    await expect.poll(() => page.getByTestId('live-indicator').textContent()).toMatch(/live/i)
    expect(await violations()).toEqual([])
    await at('/')
    await expect.poll(() => page.getByTestId('tile-total').textContent()).toContain('24')
    await expect.poll(() => page.getByTestId('tile-UP').textContent(), { timeout: 60_000 }).toContain('24')
    expect(await violations()).toEqual([])
  }, 90_000)

  test('a device that dies turns Down before your eyes, within two polling intervals, and comes back', async () => {
    await at('/devices')
    const victim = labControl(product).lab.devices[5]?.name ?? ''
    const badge = () => row(victim).getByTestId('state-badge').textContent()
    await expect.poll(badge, { timeout: 30_000 }).toMatch(/up/i)
    const downAt = Date.now()
    await labControl(product).act(victim, 'down')
    await expect.poll(badge, { timeout: 40_000, interval: 100 }).toMatch(/down/i)
    // The lab is pinged every 10 s.
    expect(Date.now() - downAt).toBeLessThan(20_000)
    await at('/alerts')
    await expect
      .poll(() => page.getByTestId('alert-row').allTextContents(), { timeout: 60_000 })
      .toEqual(expect.arrayContaining([expect.stringContaining(victim)]))
    expect(await violations()).toEqual([])
    await labControl(product).act(victim, 'up')
    await at('/devices')
    await expect.poll(badge, { timeout: 40_000 }).toMatch(/up/i)
  }, 180_000)

  test('a device page has its ports and charts that move by themselves', async () => {
    await at('/devices')
    await page.getByTestId('device-row').first().getByRole('link').first().click()
    await page.locator('canvas').first().waitFor()
    const picture = () =>
      page
        .locator('canvas')
        .first()
        .evaluate((canvas) => (canvas as unknown as { toDataURL(): string }).toDataURL())
    const before = await picture()
    await expect.poll(picture, { timeout: 40_000 }).not.toBe(before)
    expect(await violations()).toEqual([])
    await page
      .getByRole('tab', { name: /interfaces/i })
      .or(page.getByRole('link', { name: /interfaces/i }))
      .first()
      .click()
    await page.getByTestId('interface-row').first().waitFor()
    expect(await violations()).toEqual([])
  }, 90_000)

  test('an interface has a page of its own, with charts that zoom together, compare, and obey keys', async () => {
    await page.getByTestId('interface-row').first().getByRole('link').click()
    const chart = page.getByTestId('chart-traffic')
    const place = async () => (await chart.locator('.u-over').boundingBox()) ?? { x: 0, y: 0 }
    await expect.poll(async () => (await place()).x).toBeGreaterThan(0)
    const { x, y } = await place()
    await page.mouse.move(x + 60, y + 40)
    await page.mouse.down()
    await page.mouse.move(x + 200, y + 50, { steps: 5 })
    await page.mouse.up()
    const search = () => new URL(page.url()).searchParams
    await expect.poll(() => Number(search().get('to')) - Number(search().get('from'))).toBeGreaterThan(59)
    await page.getByTestId('zoom-reset').click()
    await expect.poll(() => search().has('from')).toBe(false)
    await page.getByTestId('compare').selectOption('day')
    await expect.poll(() => search().get('compare')).toBe('day')
    await expect.poll(() => chart.locator('td').first().textContent(), { timeout: 30_000 }).toMatch(/bit/)
    await chart.getByRole('application').focus()
    await page.keyboard.press('End')
    await expect.poll(() => chart.locator('[aria-live]').textContent()).toMatch(/In .*bit/)
    await page.keyboard.press('-')
    await expect.poll(() => Number(search().get('to')) - Number(search().get('from'))).toBeGreaterThan(3600)
    expect(await violations()).toEqual([])
  }, 90_000)

  test('a link is drawn by hand and removed again, and one that is known is told in words', async () => {
    await at('/devices?q=waw-acc-01')
    await row('waw-acc-01').getByRole('link').first().click()
    const draw = async () => {
      await page.getByTestId('add-link').click()
      await page.getByTestId('link-form').getByRole('combobox').nth(1).fill('krk-srv')
      await page.getByRole('option', { name: /krk-srv-01/ }).waitFor()
      await page.keyboard.press('Enter')
      await page.getByTestId('link-form').getByRole('button', { name: 'Add link' }).click()
    }
    await draw()
    await page.getByTestId('remove-link').waitFor()
    await draw()
    await expect
      .poll(() => page.getByTestId('link-form').getByRole('alert').textContent())
      .toMatch(/known already/)
    expect(await violations()).toEqual([])
    await page.keyboard.press('Escape')
    await page.getByTestId('remove-link').click()
    await page.getByTestId('link-remove').getByRole('button', { name: 'Remove link' }).click()
    await page.getByTestId('remove-link').waitFor({ state: 'detached' })
  }, 120_000)

  test('parents are set by hand and given back to the topology', async () => {
    const edit = async (act: (parents: Locator) => Promise<void>) => {
      await page.keyboard.press('e')
      const form = page.getByTestId('device-form')
      await act(form.getByTestId('device-parents'))
      await form.getByRole('button', { name: 'Save changes' }).click()
      await form.waitFor({ state: 'detached' })
    }
    const said = () => page.getByTestId('device-neighbors').textContent()
    await edit(async (parents) => {
      await parents.getByLabel('Set by hand').check()
      await parents.getByRole('combobox').fill('krk-srv')
      await page.getByRole('option', { name: /krk-srv-01/ }).waitFor()
      expect(await violations()).toEqual([])
      await page.getByRole('option', { name: /krk-srv-01/ }).click()
    })
    await expect.poll(said).toMatch(/krk-srv-01.*set by hand/)
    await edit((parents) => parents.getByLabel('As it follows from the topology').check())
    await expect.poll(said).not.toMatch(/set by hand/)
  }, 120_000)

  test('the pipeline page shows every stage', async () => {
    await at('/health')
    await expect.poll(() => page.getByTestId('stages').locator('li').count()).toBe(7)
    expect(await violations()).toEqual([])
  })

  test('CSV is imported after a dry run that says what would happen', async () => {
    await at('/devices/import')
    await page.locator('textarea').fill('name,address,icmp_enabled\nimported-1,127.0.0.99,no\nbroken,,\n')
    await page.getByTestId('check-csv').click()
    await page.getByTestId('import-preview').waitFor()
    expect(await page.getByTestId('rejected-row').allTextContents()).toEqual(['3address: is missingbroken,,'])
    expect(await violations()).toEqual([])
    await page.getByTestId('run-import').click()
    await page.getByTestId('import-done').waitFor()
    await at('/devices?q=imported-1')
    await row('imported-1').waitFor()
  })

  test('asks nobody but the product for anything, and nothing went wrong on the way', () => {
    expect(foreign).toEqual([])
    expect(faults).toEqual([])
  })
})
