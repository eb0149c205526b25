import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createClient } from '@sluice/sdk'
import type { Client } from '@sluice/sdk'
import type { Browser, Locator, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { freePort, startServer } from '../test/server-process.ts'
import type { ServerProcess } from '../test/server-process.ts'
import { launchBrowser } from './browser.ts'

// What an owner does with the keys of one device: bounds them, asks what they may do, renews one without an outage.
describe('keys in the workbench', () => {
  let dataDir: string
  let server: ServerProcess
  let browser: Browser
  let page: Page
  let owner: Client
  let feedId = 0
  let oldText = ''
  let newText = ''
  const complaints: string[] = []
  const button = (name: string | RegExp): Locator => page.getByRole('button', { name, exact: true })
  const rowOf = (label: string): Locator => page.locator('[data-key-id]').filter({ hasText: label })
  const openMenu = async (label: string, item: string): Promise<void> => {
    await button(`Actions for ${label}`).click()
    await page.getByRole('menuitem', { name: item }).click()
  }
  const write = async (key: string): Promise<number> => {
    const headers = { 'X-ApiKey': key, 'User-Agent': 'gauge/1.0' }
    const body = JSON.stringify({ datastreams: [{ id: 'temperature', current_value: '21.5' }] })
    return (await fetch(`${server.firstRun.url}/v2/feeds/${feedId}`, { method: 'PUT', headers, body })).status
  }

  beforeAll(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'sluice-keys-'))
    server = await startServer({ dataDir, port: await freePort() })
    const { url, apiKey, email, password } = server.firstRun
    owner = createClient({ baseUrl: url, apiKey })
    const { device } = await owner.devices.add({ name: 'Greenhouse', private: true })
    feedId = device.feed_id
    browser = await launchBrowser()
    page = await (await browser.newContext({ viewport: { width: 1440, height: 900 } })).newPage()
    page.setDefaultTimeout(10_000)
    page.on('console', (message) => {
      if (['error', 'warning'].includes(message.type())) complaints.push(`${page.url()} ${message.text()}`)
    })
    page.on('pageerror', (error) => complaints.push(error.message))
    await page.goto(`${url}/devices/${device.id}?tab=keys`)
    await page.getByLabel('Email').fill(email)
    await page.getByLabel('Password').fill(password)
    await page.keyboard.press('Enter')
    await rowOf('Greenhouse').waitFor()
  })
  afterAll(async () => {
    await owner?.close()
    await browser?.close()
    await server?.[Symbol.asyncDispose]()
    await rm(dataDir, { recursive: true, force: true })
  })

  test('a key with every constraint: what is wrong is said and found, then it is in words', async () => {
    await button('Add key').click()
    const dialog = page.getByRole('dialog')
    await dialog.getByRole('button', { name: 'Device', exact: true }).click()
    await dialog.getByLabel('Channel', { exact: true }).fill('temperature')
    await dialog.getByText('Conditions').click()
    await dialog.getByLabel('Only from address').fill('127.0.0.0/99')
    await dialog.getByLabel('Label').fill('Gauge')
    await button('Add').click()
    await dialog.getByText('Give an address').waitFor()
    expect(await dialog.getByLabel('Only from address').evaluate((field) => field.matches(':focus'))).toBe(true)
    await dialog.getByLabel('Only from address').fill('127.0.0.0/8')
    await dialog.getByLabel('Once in so many seconds').fill('0.001')
    await button('Add').click()
    oldText = (await page.locator('[data-api-key]').textContent()) ?? ''
    expect(oldText).toMatch(/^slc_[0-9A-Za-z]{44}$/)
    await button('Done').click()
    const words = `Read, update and create temperature of feed ${feedId}, only from 127.0.0.0/8, at most once every 0.001 seconds`
    await rowOf('Gauge').getByText(words).waitFor()
  })

  test('the server answers whether the key can, and why not', async () => {
    await openMenu('Gauge', 'Can this key')
    const verdict = page.locator('[data-verdict]')
    await page.locator('[data-verdict="no"]').getByText('from an unknown address').waitFor()
    await page.getByLabel('From address').fill('127.0.0.1')
    await page.locator('[data-verdict="yes"]').getByText('allows it').waitFor()
    await page.getByRole('dialog').getByRole('button', { name: 'Delete', exact: true }).click()
    await page.locator('[data-verdict="no"]').getByText('does not include delete').waitFor()
    await page.getByLabel('From address').fill('nowhere')
    await page.getByText('That is no IP address.').waitFor()
    expect(await verdict.getAttribute('data-verdict')).toBe('no')
    await page.keyboard.press('Escape')
  })

  test('it is edited, and what was not changed stays', async () => {
    await openMenu('Gauge', 'Edit key')
    const dialog = page.getByRole('dialog')
    expect(await dialog.getByLabel('Only from address').inputValue()).toBe('127.0.0.0/8')
    await dialog.getByLabel('Channel', { exact: true }).fill('')
    await dialog.getByLabel('Once in so many seconds').fill('')
    await button('Save').click()
    await rowOf('Gauge').getByText(`Read, update and create feed ${feedId}, only from 127.0.0.0/8`).waitFor()
    await expect.poll(() => write(oldText)).toBe(200)
  })

  test('rolled: both texts work, and the page shows who still uses the old one', async () => {
    await button('Roll Gauge').click()
    await page.getByRole('dialog').getByRole('button', { name: '3 days' }).click()
    expect(await page.getByLabel('Hours').inputValue()).toBe('72')
    await button('Roll key').click()
    newText = (await page.locator('[data-api-key]').textContent()) ?? ''
    expect(newText).toMatch(/^slc_[0-9A-Za-z]{44}$/)
    expect(newText).not.toBe(oldText)
    await page.getByText('The old text works until').waitFor()
    await button('Done').click()
    const banner = rowOf('Gauge').locator('[data-roll]')
    await banner.getByText(`slc_…${oldText.slice(-4)}`).waitFor()
    expect(await write(oldText)).toBe(200)
    expect(await write(newText)).toBe(200)
    await expect
      .poll(() => banner.innerText(), { timeout: 30_000 })
      .toMatch(/Last used .* from 127\.0\.0\.1 by gauge\/1\.0/)
    await rowOf('Gauge').locator('[data-last-used]').getByText('New text last used').waitFor()
  })

  test('ended: the old text is refused, the new one goes on', async () => {
    await button('End the old text of Gauge now').click()
    await page.getByRole('dialog').getByRole('button', { name: 'End now' }).click()
    await rowOf('Gauge').locator('[data-roll]').waitFor({ state: 'detached' })
    await expect.poll(() => write(oldText)).toBe(401)
    expect(await write(newText)).toBe(200)
  })

  test('a key for a trigger is named as one, and keys of other feeds are not hidden', async () => {
    const trigger = await owner.triggers.create({
      environment_id: feedId,
      conditions: [{ stream_id: 'temperature', trigger_type: 'gt', threshold_value: '30' }],
      action: { kind: 'publish', topic: 'com.example.hot' },
    })
    const { device: other } = await owner.devices.add({ name: 'Boiler', private: true })
    await owner.keys.create({
      label: 'Pager',
      permissions: [{ access_methods: ['get'], resources: [{ datastream_trigger_id: trigger }] }],
    })
    await page.reload()
    await rowOf('Pager').getByText(`Read trigger ${trigger}`).waitFor()
    expect(await rowOf('Boiler').isVisible()).toBe(false)
    await page.getByText('One more key of the account does not reach this feed').click()
    await rowOf('Boiler').getByText(`feed ${other.feed_id}`).waitFor()
    expect(complaints).toEqual([])
  })
})
