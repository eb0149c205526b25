import { createHmac } from 'node:crypto'
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
import { startReceiver } from './receiver.ts'
import type { Receiver } from './receiver.ts'

const HOUR_MS = 3_600_000

// From a channel with a history to a delivery that arrived twice, by keyboard where something is typed.
describe('triggers in the workbench', () => {
  let dataDir: string
  let server: ServerProcess
  let receiver: Receiver
  let client: Client
  let browser: Browser
  let page: Page
  let deviceUrl = ''
  let feedId = 0
  const complaints: string[] = []
  const outside: string[] = []
  const button = (name: string | RegExp): Locator => page.getByRole('button', { name, exact: true })
  const rows = (): Locator => page.locator('[data-delivery-id]')
  const state = (name: string): Locator => page.locator(`[data-trigger-state="${name}"]`)
  const push = (current_value: string): Promise<void> =>
    client.datastreams.update(feedId, 'temperature', { current_value })
  const isFocused = (target: Locator): Promise<boolean> =>
    target.evaluate((element) => element === element.ownerDocument.activeElement)
  /** Only the Tab key leads there. */
  const tabTo = async (target: Locator): Promise<void> => {
    await target.waitFor()
    for (let presses = 0; presses < 40; presses++) {
      if (await isFocused(target)) return
      await page.keyboard.press('Tab')
    }
    throw new Error('40 presses of Tab did not lead there')
  }

  beforeAll(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'sluice-triggers-'))
    server = await startServer({
      dataDir,
      port: await freePort(),
      env: { SLUICE_EGRESS_ALLOW: '127.0.0.0/8' },
    })
    receiver = await startReceiver('/hooks/hot')
    client = createClient({ baseUrl: server.firstRun.url, apiKey: server.firstRun.apiKey })
    const { device } = await client.devices.add({ name: 'Greenhouse', private: true })
    feedId = device.feed_id
    deviceUrl = `${server.firstRun.url}/devices/${device.id}`
    await client.datastreams.create(feedId, { id: 'temperature', unit: { symbol: '°C' } })
    const now = Date.now()
    // two days, hourly: up through 30 twice a day
    const points = Array.from({ length: 48 }, (_, index) => ({
      at: new Date(now - (48 - index) * HOUR_MS).toISOString(),
      value: index % 12 === 6 ? '31.5' : '24',
    }))
    await client.datapoints.append(feedId, 'temperature', points)
    browser = await launchBrowser()
    page = await (await browser.newContext({ viewport: { width: 1440, height: 900 } })).newPage()
    page.setDefaultTimeout(10_000)
    page.on('console', (message) => {
      if (['error', 'warning'].includes(message.type())) complaints.push(`${page.url()} ${message.text()}`)
    })
    page.on('pageerror', (error) => complaints.push(error.message))
    page.on('request', (request) => {
      if (!/^(https?|wss?):/.test(request.url())) return
      if (new URL(request.url()).host !== new URL(server.firstRun.url).host) outside.push(request.url())
    })
    await page.goto(`${server.firstRun.url}/sign-in`)
    await page.getByLabel('Email').fill(server.firstRun.email)
    await page.getByLabel('Password').fill(server.firstRun.password)
    await page.keyboard.press('Enter')
    await page.waitForURL('**/devices')
  })
  afterAll(async () => {
    await browser?.close()
    await client?.close()
    await server?.[Symbol.asyncDispose]()
    await receiver?.[Symbol.asyncDispose]()
    await rm(dataDir, { recursive: true, force: true })
  })

  test('the device page leads to a trigger with the device filled in; what is missing is said', async () => {
    await page.goto(`${deviceUrl}?tab=triggers`)
    await page.getByText('No trigger watches this device').waitFor()
    await page.getByRole('link', { name: 'Add trigger' }).click()
    await page.getByRole('heading', { name: 'Add trigger' }).waitFor()
    expect(page.url()).toContain(`feed=${feedId}`)
    expect(await page.getByLabel('Device', { exact: true }).inputValue()).toBe(String(feedId))
    await button('Save and arm').click()
    await page.getByText('Choose a channel.').waitFor()
    expect(await isFocused(page.getByLabel('Channel', { exact: true }))).toBe(true)
  })

  test('the rule is tried on history while it is typed, by keyboard alone', async () => {
    await tabTo(page.getByLabel('Channel', { exact: true }))
    await page.keyboard.type('temp')
    await tabTo(page.getByLabel('Threshold', { exact: true }).first())
    await page.keyboard.type('30')
    await page.getByText('Would have fired 4 times in the last 7 days.').waitFor()
    const moments = page.getByRole('region', { name: 'Preview' }).locator('ol button')
    expect(await moments.count()).toBe(4)
    await tabTo(page.getByRole('slider', { name: 'Threshold' }))
    for (let presses = 0; presses < 4; presses++) await page.keyboard.press('PageUp')
    await page.getByText('Would not have fired in the last 7 days.').waitFor()
    for (let presses = 0; presses < 4; presses++) await page.keyboard.press('PageDown')
    await page.getByText('Would have fired 4 times in the last 7 days.').waitFor()
    expect(await page.getByLabel('Threshold', { exact: true }).first().inputValue()).toBe('30')
    const line = await page.getByRole('slider', { name: 'Threshold' }).boundingBox()
    const [x, y] = [(line?.x ?? 0) + 200, (line?.y ?? 0) + (line?.height ?? 0) / 2]
    await page.mouse.move(x, y)
    await page.mouse.down()
    await page.mouse.move(x, y - 60, { steps: 5 })
    await page.mouse.up()
    await page.getByText('Would not have fired in the last 7 days.').waitFor()
    expect(Number(await page.getByLabel('Threshold', { exact: true }).first().inputValue())).toBeGreaterThan(31.5)
    await page.getByLabel('Threshold', { exact: true }).first().fill('30')
    await page.getByText('Would have fired 4 times in the last 7 days.').waitFor()
    await moments.first().press('Enter')
    await expect.poll(() => page.url()).toContain('at=')
    await button('Reset zoom').press('Enter')
    await expect.poll(() => page.url()).not.toContain('at=')
  })

  test('Enter saves, and a refusal of the server is shown where it belongs', async () => {
    const address = page.getByLabel('Address')
    await address.focus()
    await page.keyboard.type('http://user:secret@127.0.0.1/')
    await page.keyboard.press('Enter')
    await page.getByText('The address can’t have a user name').or(page.getByText("The address can't have")).waitFor()
    expect(await address.getAttribute('aria-invalid')).toBe('true')
    expect(complaints.splice(0)).toEqual([expect.stringContaining('422')])
    await page.keyboard.press('Control+a')
    await page.keyboard.type(receiver.url)
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: 'temperature is above 30' }).waitFor()
    await state('armed').waitFor()
    await page.getByText('Nothing was delivered yet').waitFor()
    await page.locator('[data-live="live"]').waitFor()
  })

  test('a firing and its delivery appear without a reload', async () => {
    await push('25')
    await push('31')
    await rows().filter({ hasText: 'Delivered' }).waitFor()
    await state('fired').waitFor()
    await page.getByText('Fired 1 time').waitFor()
    expect(await rows().count()).toBe(1)
    await expect.poll(() => receiver.received.length).toBe(1)
    expect(JSON.parse(receiver.received[0]?.body ?? '')).toMatchObject({
      type: 'trigger.fired',
      data: { datastream: { id: 'temperature', value: '31' } },
    })
  })

  test('the delivery is opened by keyboard, sent again, and the second attempt comes in', async () => {
    await page.locator('body').press('j')
    await page.locator('body').press('Enter')
    const panel = page.getByRole('dialog', { name: /Delivery/ })
    await panel.getByText('200 · Delivered').waitFor()
    await panel.getByText('"value": "31"').first().waitFor()
    await button('Resend').click()
    await panel.locator('[data-attempt="2"]').waitFor()
    await expect.poll(() => receiver.received.length).toBe(2)
    const [first, second] = receiver.received
    expect(second?.body).toBe(first?.body)
    expect(second?.headers['webhook-id']).toBe(first?.headers['webhook-id'])
    await page.reload()
    await panel.locator('[data-attempt="2"]').waitFor()
    await page.keyboard.press('Escape')
    await panel.waitFor({ state: 'detached' })
  })

  test('the trace tells why each value did or did not fire', async () => {
    await page.getByRole('tab', { name: 'Trace' }).click()
    const verdicts = page.locator('[data-verdict]')
    await verdicts.first().waitFor()
    expect(await verdicts.evaluateAll((rows) => rows.map((row) => row.getAttribute('data-verdict')))).toEqual([
      'fired',
      'false',
    ])
  })

  test('the secret that is revealed signed the request', async () => {
    const wayThere = page.getByRole('link', { name: receiver.url })
    await wayThere.click()
    await button('Reveal secret').click()
    await page.getByRole('dialog').getByLabel('Password').fill(server.firstRun.password)
    await page.keyboard.press('Enter')
    const secret = (await page.locator('[data-secret]').textContent()) ?? ''
    expect(secret).toMatch(/^whsec_/)
    const [{ headers, body } = { headers: {}, body: '' }] = receiver.received
    const key = Buffer.from(secret.slice('whsec_'.length), 'base64')
    const signed = `${String(headers['webhook-id'])}.${String(headers['webhook-timestamp'])}.${body}`
    const expected = `v1,${createHmac('sha256', key).update(signed).digest('base64')}`
    expect(headers['webhook-signature']).toBe(expected)
    await button('Done').click()
  })

  test('the log pauses without losing, a target that fails is pointed out, and pausing it is said', async () => {
    await page.getByRole('link', { name: 'Deliveries' }).first().click()
    await rows().first().waitFor()
    await page.locator('[data-live="live"]').waitFor()
    await button('Pause').click()
    receiver.answer(503)
    await push('25')
    await push('32')
    await button('1 new').waitFor()
    expect(await rows().count()).toBe(1)
    await button('1 new').click()
    await rows().filter({ hasText: 'The target answered 503' }).first().waitFor()
    await button('Pending').click()
    await expect.poll(() => page.url()).toContain('status=pending')
    await expect.poll(() => rows().count()).toBe(1)
    await rows().getByRole('link').click()
    await page
      .getByRole('dialog', { name: /Delivery/ })
      .getByText('503 · Failed')
      .first()
      .waitFor()
    await page
      .getByRole('dialog', { name: /Delivery/ })
      .getByRole('link', { name: /^POST/ })
      .click()
    await button('Pause').click()
    await page.locator('[data-endpoint-state="paused"]').waitFor()
    receiver.answer(200)
    await button('Resume').click()
    await page.locator('[data-endpoint-state="paused"]').waitFor({ state: 'detached' })
  })

  test('a delivery leads to the graph of its time, and the list says what became of the trigger', async () => {
    await page.goto(`${server.firstRun.url}/deliveries?status=delivered`)
    await rows().last().getByRole('link').click()
    await page.getByRole('link', { name: 'Graph at that time' }).click()
    await page.getByRole('application', { name: /Graph of temperature/ }).waitFor()
    await button('Reset zoom').waitFor()
    await page.goto(`${server.firstRun.url}/triggers?filter=green`)
    await page.locator('[data-trigger-id]').getByRole('cell', { name: '2', exact: true }).waitFor()
    await page.getByLabel('Filter triggers').fill('nonsense')
    await page.getByText('No trigger matches').waitFor()
    expect(page.url()).toContain('filter=nonsense')
  })

  test('a trigger is paused, edited and deleted', async () => {
    await button(/^Show all/).click()
    await page.locator('[data-trigger-id]').getByRole('link').click()
    await button('Pause').first().click()
    await state('paused').waitFor()
    await page.getByRole('link', { name: 'Edit' }).click()
    await page.getByLabel('Threshold', { exact: true }).first().fill('35')
    await page.getByText('Options', { exact: true }).click()
    await page.getByLabel('Name').fill('Much too hot')
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: 'Much too hot' }).waitFor()
    await button('Delete').click()
    await button('Delete trigger').click()
    await page.getByRole('heading', { name: 'Act when a value says so' }).waitFor()
  })

  test('nothing was complained about, and nothing asked for outside', () => {
    expect(complaints).toEqual([])
    expect(outside).toEqual([])
  })
})
