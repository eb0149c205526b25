// Pictures of every page of the workbench, for people to look at: 1440 and 390 px, light and dark.
//   node apps/cloud/e2e/screenshots.ts FOLDER [triggers | docs | keys]
// Starts the platform on a folder of its own, adds devices, sends values, and reports what the browser complained about.
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createClient } from '@sluice/sdk'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { freePort, startServer } from '../test/server-process.ts'
import type { FirstRun } from '../test/server-process.ts'
import { launchBrowser } from './browser.ts'
import { shootDocs } from './docs-shots.ts'
import { shootKeys } from './key-shots.ts'
import { shootTriggers } from './trigger-shots.ts'
import type { Shoot } from './trigger-shots.ts'

const WIDTHS = { wide: { width: 1440, height: 900 }, narrow: { width: 390, height: 844 } }
const THEMES = ['light', 'dark'] as const
const PUSH_MS = 1000

type View = { name: string; page: Page }
type Prepare = (page: Page) => Promise<unknown>

const STORIES: Record<string, (parts: Parts) => Promise<void>> = {
  triggers: triggerStory,
  docs: docsStory,
  keys: keysStory,
}
const folder = process.argv[2]
if (folder === undefined) throw new Error('usage: node apps/cloud/e2e/screenshots.ts FOLDER [STORY]')
await mkdir(folder, { recursive: true })
const complaints = await main(folder)
process.stdout.write(complaints.length === 0 ? 'no complaints\n' : `${complaints.join('\n')}\n`)

async function main(folder: string): Promise<string[]> {
  const dataDir = await mkdtemp(join(tmpdir(), 'sluice-screenshots-'))
  const complaints: string[] = []
  try {
    await using server = await startServer({
      dataDir,
      port: await freePort(),
      env: { SLUICE_EGRESS_ALLOW: '127.0.0.0/8' },
    })
    const browser = await launchBrowser()
    try {
      const parts = { folder, firstRun: server.firstRun, browser, complaints }
      await (STORIES[process.argv[3] ?? ''] ?? story)(parts)
    } finally {
      await browser.close()
    }
  } finally {
    await rm(dataDir, { recursive: true, force: true })
  }
  return complaints
}

type Parts = { folder: string; firstRun: FirstRun; browser: Browser; complaints: string[] }

async function story({ folder, firstRun, browser, complaints }: Parts): Promise<void> {
  const { url } = firstRun
  const views = await openViews({ browser, firstRun, complaints })
  const shoot = makeShoot(views, folder, complaints)
  await shoot('no-devices', (page) => page.goto(`${url}/devices`, { waitUntil: 'networkidle' }))
  await shoot('add-device', async (page) => {
    await page.getByRole('button', { name: 'Add device' }).click()
    await page.getByLabel('Name').fill('Greenhouse')
  })

  const client = createClient({ baseUrl: url, apiKey: firstRun.apiKey })
  const { device, api_key } = await client.devices.add({
    name: 'Greenhouse',
    description: 'Tomatoes, north bed',
    private: true,
  })
  await client.devices.add({ name: 'Weather station on the roof of the old library', private: false })
  const devicePage = `${url}/devices/${device.id}`
  const feedId = device.feed_id
  const open =
    (search: string): Prepare =>
    async (page) => {
      await page.goto(`${devicePage}${search}`, { waitUntil: 'networkidle' })
    }
  await shoot('first-value', open(''))
  await put(`${url}/v2/feeds/${feedId}`, api_key.replace(/.$/, 'x'), {
    datastreams: [{ id: 'temperature', current_value: '21.5' }],
  })
  await shoot('first-value-refused', async (page) => {
    await open('')(page)
    await page.getByText('was refused').first().waitFor()
  })

  await fillHistory(client, feedId)
  const pushing = setInterval(
    () =>
      void put(`${url}/v2/feeds/${feedId}`, api_key, {
        version: '1.0.0',
        datastreams: [
          { id: 'temperature', current_value: (21 + Math.sin(Date.now() / 9000)).toFixed(2) },
          { id: 'humidity', current_value: (58 + 4 * Math.cos(Date.now() / 7000)).toFixed(1) },
        ],
      }),
    PUSH_MS,
  )
  await put(`${url}/v2/feeds/${feedId}`, api_key, {
    datastreams: [{ id: 'temperature', current_value: 'x'.repeat(300) }],
  })
  await put(`${url}/v2/feeds/${feedId}/datastreams/presure`, api_key, { current_value: '1013' })

  await shoot('devices', (page) => page.goto(`${url}/devices`, { waitUntil: 'networkidle' }))
  await shoot('channels', open(''))
  await shoot('channels-text', open('?channel=door'))
  await shoot('channels-24h', open('?channel=humidity&range=24h'))
  await shoot('channels-graph', async (page) => {
    await page.getByRole('region', { name: /humidity, last/ }).scrollIntoViewIfNeeded()
    await page.getByRole('application', { name: /Graph of humidity/ }).hover()
  })
  await shoot('channels-table', async (page) => {
    await open('?view=table')(page)
    await page.getByRole('region', { name: 'Values' }).scrollIntoViewIfNeeded()
  })
  await shoot('add-channel', async (page) => {
    await open('')(page)
    await page.getByRole('button', { name: 'Add channel' }).click()
    await page.getByRole('button', { name: 'Add', exact: true }).click()
  })
  await shoot('delete-channel', async (page) => {
    await open('')(page)
    await page.getByRole('button', { name: 'Actions for humidity' }).click()
    await page.getByRole('menuitem', { name: /Delete/ }).click()
  })
  await shoot('location', open('?tab=location'))
  await shoot('metadata', open('?tab=metadata'))
  await shoot('log', open('?tab=log'))
  await shoot('log-paused', async (page) => {
    await page.getByRole('button', { name: 'Pause' }).click()
    await page.getByText(/\d+ new/).waitFor()
  })
  await shoot('log-request', async (page) => {
    await open('?tab=log&show=failed')(page)
    await page.locator('[data-request-id]').filter({ hasText: '422' }).first().getByRole('link').click()
    await page.getByRole('dialog').waitFor()
  })
  await shoot('keys', open('?tab=keys'))
  await shoot('add-key', async (page) => page.getByRole('button', { name: 'Add key' }).click())
  await shoot('reveal-key', async (page) => {
    await page.keyboard.press('Escape')
    await page.getByRole('button', { name: /^Reveal Greenhouse/ }).click()
  })
  await shoot('delete-device', async (page) => {
    await open('')(page)
    await page.getByRole('button', { name: 'Device actions' }).click()
    await page.getByRole('menuitem', { name: /Delete/ }).click()
  })
  await shoot('first-value-with-key', async (page) => {
    await page.goto(`${url}/devices/new`, { waitUntil: 'networkidle' })
    await page.getByLabel('Name').fill('Boiler')
    await page.getByRole('button', { name: 'Add', exact: true }).click()
    await page.getByText('Waiting for the first value').waitFor()
    await page.getByRole('tab', { name: 'WAMP · Python' }).click()
  })
  await shoot('first-value-arrives', async (page) => {
    await page.getByRole('button', { name: 'Send a test value' }).click()
    await page.locator('[data-channel="temperature"] [data-value]').filter({ hasText: '21.5' }).waitFor()
  })
  await shoot('settings', (page) => page.goto(`${url}/settings`, { waitUntil: 'networkidle' }))
  await shoot('account-menu', (page) => page.getByRole('button', { name: 'Account' }).click())
  await shoot('not-found', (page) => page.goto(`${url}/nowhere`, { waitUntil: 'networkidle' }))
  await shoot('device-not-found', (page) => page.goto(`${url}/devices/987654`, { waitUntil: 'networkidle' }))
  clearInterval(pushing)
  await client.close()
  await Promise.all(views.map(({ page }) => page.context().clearCookies()))
  await shoot('sign-in', (page) => page.goto(`${url}/devices`, { waitUntil: 'networkidle' }))
}

/** The pages about triggers alone: they want values that cross numbers, and targets that fail. */
async function triggerStory({ folder, firstRun, browser, complaints }: Parts): Promise<void> {
  const { url } = firstRun
  const views = await openViews({ browser, firstRun, complaints })
  const client = createClient({ baseUrl: url, apiKey: firstRun.apiKey })
  const { device } = await client.devices.add({ name: 'Greenhouse', private: true })
  await fillHistory(client, device.feed_id)
  const shoot = makeShoot(views, folder, complaints)
  await shootTriggers({ shoot, url, client, feedId: device.feed_id, deviceId: device.id })
  await client.close()
}

/** The API documentation alone, filled in with a device that has a history. */
async function docsStory({ folder, firstRun, browser, complaints }: Parts): Promise<void> {
  const { url, password } = firstRun
  const views = await openViews({ browser, firstRun, complaints })
  const client = createClient({ baseUrl: url, apiKey: firstRun.apiKey })
  const { device } = await client.devices.add({ name: 'Greenhouse', private: true })
  await fillHistory(client, device.feed_id)
  await shootDocs({ shoot: makeShoot(views, folder, complaints), url, feedId: device.feed_id, password })
  await client.close()
}

/** Keys alone. */
async function keysStory({ folder, firstRun, browser, complaints }: Parts): Promise<void> {
  const { url } = firstRun
  const views = await openViews({ browser, firstRun, complaints })
  const client = createClient({ baseUrl: url, apiKey: firstRun.apiKey })
  const { device } = await client.devices.add({ name: 'Greenhouse', private: true })
  await client.devices.add({ name: 'Boiler', private: false })
  await fillHistory(client, device.feed_id)
  const shoot = makeShoot(views, folder, complaints)
  await shootKeys({ shoot, url, client, feedId: device.feed_id, deviceId: device.id })
  await client.close()
}

/** Takes a numbered picture in each view, after a step that brings the page there. */
function makeShoot(views: readonly View[], folder: string, complaints: string[]): Shoot {
  let number = 0
  return async (name, prepare) => {
    number++
    for (const view of views) {
      try {
        await prepare(view.page)
        await view.page.waitForTimeout(350)
        const file = `${String(number).padStart(2, '0')}-${name}-${view.name}.png`
        await view.page.screenshot({ path: join(folder, file) })
      } catch (error) {
        complaints.push(`${name} ${view.name}: ${error instanceof Error ? error.message : String(error)}`)
      }
    }
  }
}

/** A signed-in page for each width and theme. */
async function openViews({ browser, firstRun, complaints }: Omit<Parts, 'folder'>): Promise<View[]> {
  const first = await browser.newContext()
  const page = await first.newPage()
  await page.goto(`${firstRun.url}/sign-in`)
  await page.getByLabel('Email').fill(firstRun.email)
  await page.getByLabel('Password').fill(firstRun.password)
  await page.getByRole('button', { name: 'Sign in' }).click()
  await page.waitForURL('**/devices')
  const storageState = await first.storageState()
  await first.close()
  const views: View[] = []
  for (const [width, viewport] of Object.entries(WIDTHS)) {
    for (const colorScheme of THEMES) {
      const context = await browser.newContext({ viewport, colorScheme, storageState, locale: 'en-GB' })
      const name = `${width}-${colorScheme}`
      views.push({ name, page: await watchedPage(context, name, complaints) })
    }
  }
  return views
}

async function watchedPage(context: BrowserContext, name: string, complaints: string[]): Promise<Page> {
  const page = await context.newPage()
  page.setDefaultTimeout(8000)
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) complaints.push(`${name} ${page.url()}: ${message.text()}`)
  })
  page.on('pageerror', (error) => complaints.push(`${name} ${page.url()}: ${error.message}`))
  return page
}

async function put(url: string, key: string, body: unknown): Promise<void> {
  await fetch(url, { method: 'PUT', headers: { 'X-ApiKey': key }, body: JSON.stringify(body) })
}

/** A day of two numeric channels with a pause in it, one of words, one without a value; a place and tags. */
async function fillHistory(client: ReturnType<typeof createClient>, feedId: number): Promise<void> {
  const now = Date.now()
  await client.feeds.update(feedId, {
    tags: ['greenhouse', 'north', 'tomatoes'],
    website: 'https://example.org/garden',
    location: { name: 'North bed', lat: 52.52, lon: 13.405, ele: '34.0', exposure: 'indoor', disposition: 'fixed' },
    datastreams: [
      {
        id: 'temperature',
        unit: { symbol: '°C', label: 'Celsius', type: 'derivedSI' },
        tags: ['air'],
      },
      { id: 'humidity', unit: { symbol: '%', label: 'Relative humidity' } },
      { id: 'door' },
      { id: 'soil.moisture-deep' },
    ],
  })
  // oldest first, as a device sends them: the other way round all but one would be late
  const minutes = Array.from({ length: 24 * 60 }, (_, index) => 24 * 60 - index).filter(
    (minute) => minute < 25 || minute > 35,
  )
  const at = (minute: number): string => new Date(now - minute * 60_000).toISOString()
  const wave = (minute: number, size: number): number => size * Math.sin(minute / 90) + Math.random() * 0.4
  await client.datapoints.append(
    feedId,
    'temperature',
    minutes.map((minute) => ({ at: at(minute), value: (21 + wave(minute, 4)).toFixed(2) })),
  )
  await client.datapoints.append(
    feedId,
    'humidity',
    minutes.map((minute) => ({ at: at(minute), value: (58 - wave(minute, 9)).toFixed(1) })),
  )
  const doors = [200, 140, 61, 58, 30, 12].map((minute, index) => ({
    at: at(minute),
    value: index % 2 ? 'closed' : 'open',
  }))
  await client.datapoints.append(feedId, 'door', doors)
}
