import chromiumPackage from '@sparticuz/chromium'
import { chromium } from 'playwright-core'
import type { Browser } from 'playwright-core'

/** Most of it keeps Chromium from calling home, which would be an outside request and, on an isolated network, a slow start. */
const ARGUMENTS = [
  // Chromium refuses its sandbox to root, and containers rarely allow it; the pages are ours
  '--no-sandbox',
  '--disable-dev-shm-usage',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--no-first-run',
  '--disable-quic',
]

/** Chromium from the npm registry, or the one that `CHROMIUM_PATH` names. */
export async function launchBrowser(): Promise<Browser> {
  const executablePath = process.env['CHROMIUM_PATH'] ?? (await chromiumPackage.executablePath())
  return chromium.launch({ executablePath, args: ARGUMENTS, headless: true })
}
