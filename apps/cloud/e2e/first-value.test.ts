import { request as httpRequest } from 'node:http'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { FeedDocument } from '@sluice/model'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { freePort, startServer } from '../test/server-process.ts'
import type { ServerProcess } from '../test/server-process.ts'
import { launchBrowser } from './browser.ts'

// One story, told in order: what a newcomer does in the first five minutes.
describe('from sign-in to a live value', () => {
  let dataDir: string
  let server: ServerProcess
  let browser: Browser
  let page: Page
  const complaints: string[] = []
  const outside: string[] = []

  beforeAll(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'sluice-e2e-'))
    server = await startServer({ dataDir, port: await freePort() })
    browser = await launchBrowser()
    page = await (await browser.newContext({ viewport: { width: 1440, height: 900 } })).newPage()
    page.on('console', (message) => {
      if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text())
    })
    page.on('pageerror', (error) => complaints.push(error.message))
    page.on('request', (request) => {
      if (!/^(https?|wss?):/.test(request.url())) return
      if (new URL(request.url()).host !== new URL(server.firstRun.url).host) outside.push(request.url())
    })
  })
  afterAll(async () => {
    await browser?.close()
    await server?.[Symbol.asyncDispose]()
    await rm(dataDir, { recursive: true, force: true })
  })

  let feedId = 0
  let apiKey = ''
  const xively = (method: string, path: string, body?: unknown) =>
    asXivelyPython({ server, apiKey, method, path, body })

  test('the printed link signs in, once', async () => {
    const link = /https?:\/\/\S+\/sign-in\?token=\S+/.exec(server.output())?.[0] ?? ''
    expect(link).not.toBe('')
    await page.goto(link)
    await page
      .getByRole('button', { name: /add device/i })
      .or(page.getByRole('link', { name: /add device/i }))
      .first()
      .waitFor()
    const second = await (await browser.newContext()).newPage()
    await second.goto(link)
    await second.getByLabel('Password').waitFor()
    await second.close()
  })

  test('add a device: it waits for the first value, with snippets that are ready to paste', async () => {
    await page
      .getByRole('button', { name: /add device/i })
      .or(page.getByRole('link', { name: /add device/i }))
      .first()
      .click()
    await page.getByLabel('Name').fill('Boiler')
    await page
      .getByLabel(/description/i)
      .first()
      .fill('In the cellar')
    await page.getByRole('radio', { name: /private/i }).check()
    await page.getByRole('button', { name: 'Add', exact: true }).click()
    await page
      .getByText(/waiting for/i)
      .first()
      .waitFor()
    const text = (await page.textContent('body')) ?? ''
    apiKey = /slc_[0-9A-Za-z]{44}/.exec(text)?.[0] ?? ''
    feedId = Number(/\/v2\/feeds\/(\d+)/.exec(text)?.[1])
    expect(apiKey).not.toBe('')
    expect(feedId).toBeGreaterThan(0)
    expect(text).toContain(server.firstRun.url)
  })

  test('xively-python’s feeds.get and datastreams.create, and the value is there within a second, without reload', async () => {
    const feed = await xively('GET', `/v2/feeds/${feedId}`)
    expect(feed.status).toBe(200)
    const { title, ...rest } = JSON.parse(feed.body) as FeedDocument
    expect(title).toBe('Boiler')
    const sent = {
      version: '1.0.0',
      datastreams: [{ id: 'temperature', unit: { label: 'Celsius', symbol: '°C' }, current_value: 42 }],
    }
    expect((await xively('POST', `/v2/feeds/${feedId}/datastreams`, sent)).status).toBe(201)
    await shown('42', 1000)
    // feed.update() sends back everything it knows
    expect((await xively('PUT', `/v2/feeds/${feedId}`, { title, ...rest })).status).toBe(200)
  })

  test('datastream.update: the value changes live', async () => {
    const answer = await xively('PUT', `/v2/feeds/${feedId}/datastreams/temperature`, { current_value: 43.25 })
    expect(answer).toMatchObject({ status: 200, body: '' })
    await shown('43.25', 1000)
  })

  test('the request log shows it', async () => {
    await page.getByRole('tab', { name: /request log/i }).click()
    const row = page.locator('[data-request-id]').filter({ hasText: 'PUT' }).filter({ hasText: 'temperature' }).first()
    await row.waitFor()
    expect(await row.textContent()).toMatch(/200/)
    const refused = await asXivelyPython({
      server,
      apiKey: `${apiKey.slice(0, -1)}x`,
      method: 'PUT',
      path: `/v2/feeds/${feedId}/datastreams/temperature`,
      body: { current_value: 1 },
    })
    expect(refused.status).toBe(401)
    await page.locator('[data-request-id]').filter({ hasText: '401' }).first().waitFor({ timeout: 2000 })
    expect(await page.textContent('body')).not.toContain(apiKey)
  })

  test('no complaint of the browser, no request to anybody else', () => {
    expect(outside).toEqual([])
    expect(complaints).toEqual([])
  })

  async function shown(value: string, withinMs: number): Promise<void> {
    await page
      .locator('[data-channel="temperature"] [data-value]')
      .filter({ hasText: value })
      .first()
      .waitFor({ timeout: withinMs })
  }
})

/** One request with the headers that xively-python 0.1.0-rc2 really sends. */
function asXivelyPython(call: { server: ServerProcess; apiKey: string; method: string; path: string; body?: unknown }) {
  const body = call.body === undefined ? undefined : JSON.stringify(call.body)
  return new Promise<{ status: number; body: string }>((resolve, reject) => {
    const request = httpRequest(
      `${call.server.firstRun.url}${call.path}`,
      {
        method: call.method,
        headers: {
          'X-ApiKey': call.apiKey,
          'Content-Type': 'application/json',
          'User-Agent': 'xively-python/0.1.0-rc2 python-requests/2.2.1 CPython/2.7.6 Linux/3.13.0',
          Accept: '*/*',
          'Accept-Encoding': 'gzip, deflate',
          ...(body === undefined ? {} : { 'Content-Length': Buffer.byteLength(body) }),
        },
      },
      (response) => {
        const chunks: Buffer[] = []
        response.on('data', (chunk: Buffer) => chunks.push(chunk))
        response.on('end', () => resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks).toString() }))
      },
    )
    request.on('error', reject)
    request.end(body)
  })
}
