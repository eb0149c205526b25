import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createClient } from '@sluice/sdk'
import type { Browser, Locator, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { freePort, startServer } from '../test/server-process.ts'
import type { ServerProcess } from '../test/server-process.ts'
import { launchBrowser } from './browser.ts'

// What a developer does with one device after the first value, by keyboard where a keyboard is promised.
describe('the workbench', () => {
  let dataDir: string
  let server: ServerProcess
  let browser: Browser
  let page: Page
  let deviceUrl = ''
  let feedId = 0
  let apiKey = ''
  const complaints: string[] = []
  const button = (name: string | RegExp): Locator => page.getByRole('button', { name, exact: true })
  const value = (channel: string): Locator => page.locator(`[data-channel="${channel}"] [data-value]`)
  const put = async (body: unknown, key = apiKey): Promise<number> =>
    (
      await fetch(`${server.firstRun.url}/v2/feeds/${feedId}`, {
        method: 'PUT',
        headers: { 'X-ApiKey': key },
        body: JSON.stringify(body),
      })
    ).status
  const temperature = (current_value: string): unknown => ({ datastreams: [{ id: 'temperature', current_value }] })

  beforeAll(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'sluice-workbench-'))
    server = await startServer({ dataDir, port: await freePort() })
    browser = await launchBrowser()
    const context = await browser.newContext({ viewport: { width: 1440, height: 900 } })
    page = await context.newPage()
    page.setDefaultTimeout(10_000)
    page.on('console', (message) => {
      if (['error', 'warning'].includes(message.type())) complaints.push(`${page.url()} ${message.text()}`)
    })
    page.on('pageerror', (error) => complaints.push(error.message))
  })
  afterAll(async () => {
    await browser?.close()
    await server?.[Symbol.asyncDispose]()
    await rm(dataDir, { recursive: true, force: true })
  })

  test('a first visitor is asked to sign in, and comes to the page that was asked for', async () => {
    await page.goto(`${server.firstRun.url}/settings`)
    await page.getByLabel('Email').fill(server.firstRun.email)
    await page.getByLabel('Password').fill(server.firstRun.password)
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: 'Settings' }).waitFor()
    expect(new URL(page.url()).pathname).toBe('/settings')
  })

  test('add a device by keyboard; a missing name is said', async () => {
    await page.getByRole('link', { name: 'Devices' }).first().click()
    await button('Add device').click()
    await page.getByLabel('Name').press('Enter')
    await page.getByText('Give the device a name.').waitFor()
    await page.getByLabel('Name').fill('Greenhouse')
    await page.getByRole('radio', { name: 'Public' }).check()
    await page.getByLabel('Name').press('Enter')
    await page.getByText('Waiting for the first value').waitFor()
    deviceUrl = page.url()
    apiKey = (await page.locator('[data-api-key]').textContent()) ?? ''
    feedId = Number(/\/v2\/feeds\/(\d+)/.exec((await page.textContent('body')) ?? '')?.[1])
    expect(apiKey).toMatch(/^slc_[0-9A-Za-z]{44}$/)
  })

  test('a refused first try says what to change', async () => {
    expect(await put(temperature('21'), 'nonsense')).toBe(401)
    const alert = page.getByRole('alert').filter({ hasText: 'was refused' })
    await alert.waitFor()
    expect(await alert.textContent()).toContain('X-ApiKey')
  })

  test('the test value turns the page into data, and the graph is there', async () => {
    await button('Send a test value').click()
    await value('temperature').filter({ hasText: '21.5' }).waitFor()
    await page.getByRole('application', { name: /Graph of temperature/ }).waitFor()
  })

  test('the graph is read by keyboard, and as a table with the digits that were sent', async () => {
    expect(await put(temperature('22.50'))).toBe(200)
    await value('temperature').filter({ hasText: '22.50' }).waitFor()
    const graph = page.getByRole('application', { name: /Graph of temperature/ })
    await graph.focus()
    await graph.press('End')
    await page.getByRole('figure').getByText('22.5', { exact: false }).first().waitFor()
    await button('Show as table').click()
    await page.getByRole('cell', { name: '22.50', exact: true }).waitFor()
    expect(page.url()).toContain('view=table')
    await button('6 h').click()
    await expect.poll(() => page.url()).toContain('range=6h')
  })

  test('add, edit and delete a channel', async () => {
    await button('Add channel').click()
    const dialog = page.getByRole('dialog')
    await dialog.getByLabel('ID').fill('two words')
    await button('Add').click()
    await dialog.getByText('no spaces').waitFor()
    await dialog.getByLabel('ID').fill('door')
    await dialog.getByLabel('Current value').fill('open')
    await button('Add').click()
    await value('door').filter({ hasText: 'open' }).waitFor()
    await button('Actions for door').click()
    await page.getByRole('menuitem', { name: 'Edit channel' }).click()
    await dialog.getByLabel('Symbol').fill('state')
    await button('Save').click()
    await page.locator('[data-channel="door"]').getByText('state').waitFor()
    await button('Actions for door').click()
    await page.getByRole('menuitem', { name: 'Delete channel' }).click()
    await dialog.getByText('lost for good').waitFor()
    await button('Delete channel').click()
    await page.locator('[data-channel="door"]').waitFor({ state: 'detached' })
  })

  test('click the map, save, and find the place again after a reload', async () => {
    await page.getByRole('tab', { name: 'Location' }).click()
    await page.locator('.map-land').first().waitFor({ state: 'attached' })
    await page.getByRole('application', { name: /Map/ }).click({ position: { x: 500, y: 120 } })
    await button('Save location').click()
    await page.getByText('Saved.').waitFor()
    const lat = await page.getByLabel('Latitude').inputValue()
    expect(Math.abs(Number(lat))).toBeGreaterThan(0)
    await page.reload()
    await expect.poll(() => page.getByLabel('Latitude').inputValue(), { timeout: 5000 }).toBe(lat)
    await page.getByLabel('Pin of Greenhouse').waitFor()
  })

  test('metadata: tags as chips, the name everywhere', async () => {
    await page.getByRole('tab', { name: 'Metadata' }).click()
    await page.getByLabel('Tags', { exact: true }).fill('north,')
    await page.getByLabel('Name').fill('Greenhouse 2')
    await button('Save metadata').click()
    await page.getByRole('heading', { name: 'Greenhouse 2' }).waitFor()
    await button('Remove tag north').waitFor()
  })

  test('the request log pauses without losing, and is walked by keyboard', async () => {
    await page.getByRole('tab', { name: 'Request log' }).click()
    const rows = page.locator('[data-request-id]')
    await rows.filter({ hasText: '401' }).waitFor()
    const before = await rows.count()
    await page.locator('body').press('Space')
    await button('Resume').waitFor()
    for (const reading of ['23', '24', '25']) expect(await put(temperature(reading))).toBe(200)
    await button('3 new').waitFor()
    expect(await rows.count()).toBe(before)
    await button('3 new').click()
    await expect.poll(() => rows.count()).toBe(before + 3)
    await page.locator('body').press('j')
    await page.locator('body').press('Enter')
    const panel = page.getByRole('dialog', { name: /Request/ })
    await panel.getByText('"current_value": "25"').waitFor()
    await button('Copy as curl').waitFor()
    expect(await panel.textContent()).not.toContain(apiKey)
    await page.keyboard.press('j')
    await panel.getByText('"current_value": "24"').waitFor()
    await page.reload()
    await panel.getByText('"current_value": "24"').waitFor()
    await page.keyboard.press('Escape')
    await panel.waitFor({ state: 'detached' })
    await button('Failed').click()
    await expect.poll(() => rows.count()).toBe(1)
  })

  test('keys: a wrong password shows nothing, the right one does; one that is deleted stops working', async () => {
    await page.getByRole('tab', { name: 'API keys' }).click()
    const dialog = page.getByRole('dialog')
    await button('Reveal Greenhouse').click()
    await dialog.getByLabel('Password').fill('wrong')
    await button('Reveal').click()
    await dialog.getByRole('alert').waitFor()
    expect(complaints.splice(0)).toEqual([expect.stringContaining('403')])
    await dialog.getByLabel('Password').fill(server.firstRun.password)
    await button('Reveal').click()
    await page.locator('[data-api-key]').filter({ hasText: apiKey }).waitFor()
    await button('Done').click()
    await button('Add key').click()
    await dialog.getByLabel('Label').fill('Gauge')
    await dialog.getByRole('checkbox', { name: 'Update' }).check()
    await button('Add').click()
    const added = (await page.locator('[data-api-key]').textContent()) ?? ''
    await button('Done').click()
    await page.getByText('Read and update feed').waitFor()
    expect(await put(temperature('26'), added)).toBe(200)
    await button('Actions for Gauge').click()
    await page.getByRole('menuitem', { name: 'Delete key' }).click()
    await button('Delete key').click()
    await button('Actions for Gauge').waitFor({ state: 'detached' })
    await expect.poll(() => put(temperature('27'), added)).toBe(401)
  })

  test('deactivating silences the device and says so', async () => {
    await button('Deactivate').click()
    await page.locator('[data-status="inactive"]').waitFor()
    await expect.poll(() => put(temperature('28'))).toBe(401)
    await button('Activate').click()
    await page.locator('[data-status="live"]').waitFor()
    await expect.poll(() => put(temperature('29'))).toBe(200)
  })

  test('a remembered theme survives a reload', async () => {
    await button('Account').click()
    await page.getByRole('menuitemradio', { name: 'Dark' }).click()
    await page.reload()
    expect(await page.locator('html').getAttribute('data-theme')).toBe('dark')
  })

  test('the list filters by keyboard and opens a device from its feed address', async () => {
    const client = createClient({ baseUrl: server.firstRun.url, apiKey: server.firstRun.apiKey })
    await client.devices.add({ name: 'Boiler', private: true })
    await page.goto(`${server.firstRun.url}/devices`)
    await page.getByRole('link', { name: 'Boiler' }).waitFor()
    await page.locator('body').press('/')
    await page.keyboard.type('green')
    await page.getByRole('link', { name: 'Boiler' }).waitFor({ state: 'detached' })
    await page.goto(`${server.firstRun.url}/feeds/${feedId}`)
    await page.getByRole('heading', { name: 'Greenhouse 2' }).waitFor()
    expect(page.url()).toBe(deviceUrl)
  })

  test('a value that is pushed while the page is read again stays, though the answers were made before it', async () => {
    const client = createClient({ baseUrl: server.firstRun.url, apiKey: server.firstRun.apiKey })
    const { device, api_key } = await client.devices.add({ name: 'Cellar', private: true })
    const cellar = createClient({ baseUrl: server.firstRun.url, apiKey: api_key })
    await page.goto(`${server.firstRun.url}/devices/${device.id}`)
    await page.locator('[data-live="live"]').waitFor()
    await page.locator('[data-status="never"]').waitFor()
    const answers = new RegExp(String.raw`/v2/(feeds/${device.feed_id}|devices/${device.id})(\.json)?$`)
    const release = Promise.withResolvers<void>()
    const held: string[] = []
    await page.route(answers, async (route) => {
      const response = await route.fetch()
      held.push(route.request().url())
      await release.promise
      await route.fulfill({ response })
    })
    const unit = { symbol: '%' }
    await cellar.feeds.update(device.feed_id, {
      description: 'Below the stairs',
      datastreams: [{ id: 'humidity', unit }],
    })
    await expect.poll(() => held.length).toBe(2)
    await cellar.datastreams.update(device.feed_id, 'humidity', { current_value: '61' })
    await value('humidity').filter({ hasText: '61' }).waitFor()
    await page.locator('[data-status="live"]').waitFor()
    release.resolve()
    await page.locator('[data-channel="humidity"]').getByText('%').waitFor()
    await page.getByText('Below the stairs').waitFor()
    expect(await value('humidity').textContent()).toBe('61')
    expect(await page.locator('[data-status="live"]').count()).toBe(1)
    await page.unroute(answers)
    await client.devices.remove(device.id)
    await page.goto(deviceUrl)
  })

  test('a session that ended leads to sign-in and back', async () => {
    expect(complaints).toEqual([])
    await page.context().clearCookies()
    await page.goto(`${deviceUrl}?tab=metadata`)
    await page.getByLabel('Email').fill(server.firstRun.email)
    await page.getByLabel('Password').fill(server.firstRun.password)
    await button('Sign in').click()
    await page.getByRole('tab', { name: 'Metadata', selected: true }).waitFor()
  })

  test('deleting a device asks for its name', async () => {
    await button('Device actions').click()
    await page.getByRole('menuitem', { name: 'Delete device' }).click()
    expect(await button('Delete device').isDisabled()).toBe(true)
    await page.getByLabel(/to confirm/).fill('Greenhouse 2')
    await button('Delete device').click()
    await page.getByRole('link', { name: 'Boiler' }).waitFor()
    expect(await page.getByRole('link', { name: 'Greenhouse 2' }).count()).toBe(0)
  })
})
