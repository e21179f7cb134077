import { existsSync } from 'node:fs'
import { type Browser, chromium } from 'playwright-core'

const program = [process.env['CHROMIUM_PATH'] ?? '', '/usr/bin/chromium', '/usr/bin/chromium-browser'].find(
  (file) => file !== '' && existsSync(file),
)

/** Whether a Chromium is here; browser tests say that they were skipped where it is not. */
export const hasBrowser = program !== undefined

/** Opens a headless Chromium that talks to nobody but the product. */
export const openBrowser = (): Promise<Browser> =>
  chromium.launch({
    ...(program && { executablePath: program }),
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  })
