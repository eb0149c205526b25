import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createClient } from '@sluice/sdk'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { freePort, startServer } from '../test/server-process.ts'
import type { ServerProcess } from '../test/server-process.ts'
import { launchBrowser } from './browser.ts'

// What leaves the workbench: the whole account as a file, a graph for another page.
describe('taking things away', () => {
  let dataDir: string
  let server: ServerProcess
  let browser: Browser
  let page: Page
  let feedId = 0
  let deviceId = 0
  const complaints: string[] = []

  beforeAll(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'sluice-away-'))
    server = await startServer({ dataDir, port: await freePort() })
    const { url, apiKey, email, password } = server.firstRun
    const owner = createClient({ baseUrl: url, apiKey })
    const { device } = await owner.devices.add({ name: 'Greenhouse', private: true })
    feedId = device.feed_id
    deviceId = device.id
    await owner.feeds.update(feedId, { datastreams: [{ id: 'temperature', current_value: '20.50' }] })
    await owner.close()
    browser = await launchBrowser()
    page = await (await browser.newContext({ viewport: { width: 1440, height: 900 } })).newPage()
    page.setDefaultTimeout(10_000)
    page.on('console', (message) => {
      if (['error', 'warning'].includes(message.type())) complaints.push(`${page.url()} ${message.text()}`)
    })
    page.on('pageerror', (error) => complaints.push(error.message))
    await page.goto(`${url}/devices`)
    await page.getByLabel('Email').fill(email)
    await page.getByLabel('Password').fill(password)
    await page.keyboard.press('Enter')
    await page.getByRole('link', { name: 'Greenhouse' }).waitFor()
  })
  afterAll(async () => {
    await browser?.close()
    await server?.[Symbol.asyncDispose]()
    await rm(dataDir, { recursive: true, force: true })
  })

  test('the account menu leads to the export, which saves everything, whole, and without a key', async () => {
    await page.getByRole('button', { name: 'Account' }).click()
    await page.getByRole('menuitem', { name: 'Export everything' }).click()
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: 'Export everything' }).click(),
    ])
    await page.locator('[data-export="done"]').getByText('Saved as').waitFor()
    expect(download.suggestedFilename()).toMatch(/^sluice-[\w-]+\.ndjson$/)
    const text = await readFile(await download.path(), 'utf8')
    const lines = text
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as { type: string })
    expect(lines[0]).toMatchObject({ type: 'sluice-export' })
    expect(lines.at(-1)).toMatchObject({ type: 'end', feeds: 1, datapoints: 1 })
    expect(text).toContain('"value":"20.50"')
    expect(text).not.toMatch(/slc_[0-9A-Za-z]{44}/)
  })

  test('a graph is embedded with a key that can only read: the address shows it to somebody without a session', async () => {
    await page.goto(`${server.firstRun.url}/devices/${deviceId}`)
    await page.getByRole('button', { name: 'Actions for temperature' }).click()
    await page.getByRole('menuitem', { name: 'Embed graph' }).click()
    const dialog = page.getByRole('dialog')
    const snippet = (name: string) => dialog.getByRole('region', { name: `${name} snippet` })
    await dialog.getByText('READ_KEY').first().waitFor()
    await dialog.locator('img[data-state="shown"]').waitFor()
    await dialog.getByRole('button', { name: 'Add a read-only key' }).click()
    await dialog.getByLabel('Label').fill('Home page')
    await dialog.getByRole('button', { name: 'Add', exact: true }).click()
    await dialog.getByText('can only read').waitFor()
    await dialog.getByRole('tab', { name: 'PNG' }).click()
    const address = await snippet('PNG').innerText()
    const picture = await fetch(address)
    expect(picture.status).toBe(200)
    expect(picture.headers.get('content-type')).toBe('image/png')
    await dialog.getByRole('tab', { name: 'CSV' }).click()
    const rows = await (await fetch(await snippet('CSV').innerText())).text()
    // the device has just sent it: no step of it is over yet
    expect(rows).toMatch(/,20\.5\s*$/)
    const key = new URL(address).searchParams.get('key') ?? ''
    const headers = { 'X-ApiKey': key }
    const write = await fetch(`${server.firstRun.url}/v2/feeds/${feedId}`, { method: 'PUT', headers, body: '{}' })
    expect(write.status).toBe(403)
    expect(complaints).toEqual([])
  })
})
