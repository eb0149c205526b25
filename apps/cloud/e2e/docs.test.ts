import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createClient } from '@sluice/sdk'
import type { DeviceDocument } from '@sluice/model'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { freePort, startServer } from '../test/server-process.ts'
import type { ServerProcess } from '../test/server-process.ts'
import { launchBrowser } from './browser.ts'

// The API documentation, as a visitor and then as somebody with two devices uses it.
describe('the API documentation', () => {
  let dataDir: string
  let server: ServerProcess
  let browser: Browser
  let page: Page
  let boiler: DeviceDocument
  let url = ''
  const complaints: string[] = []
  const code = (language: string): Promise<string> =>
    page.getByRole('region', { name: `${language} snippet` }).innerText()
  const language = (name: string) => page.getByRole('tab', { name, exact: true }).click()

  beforeAll(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'sluice-docs-'))
    server = await startServer({ dataDir, port: await freePort() })
    url = server.firstRun.url
    const client = createClient({ baseUrl: url, apiKey: server.firstRun.apiKey })
    boiler = (await client.devices.add({ name: 'Boiler', private: true })).device
    const { device: newest } = await client.devices.add({ name: 'Greenhouse', private: true })
    await client.feeds.update(newest.feed_id, { datastreams: [{ id: 'humidity', current_value: '58.20' }] })
    await client.close()
    browser = await launchBrowser()
    page = await (await browser.newContext({ viewport: { width: 1440, height: 900 } })).newPage()
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

  test('a visitor finds an operation by keyboard, with placeholders in its examples', async () => {
    await page.goto(`${url}/docs`)
    await page.getByRole('heading', { name: 'API documentation' }).waitFor()
    await page.locator('body').press('/')
    await page.keyboard.type('change a feed')
    await page.keyboard.press('Enter')
    const heading = page.getByRole('heading', { name: 'Change a feed and write values' })
    await heading.waitFor()
    expect(new URL(page.url()).hash).toBe('#put_feeds_feedId')
    expect(await heading.evaluate((element) => element.matches(':focus'))).toBe(true)
    expect(await code('curl')).toContain('FEED_ID')
    expect(await code('curl')).toContain('YOUR_API_KEY')
    expect(complaints).toEqual([])
  })

  test('every operation that the server has is listed', async () => {
    const document = (await (await fetch(`${url}/openapi.json`)).json()) as { paths: Record<string, object> }
    const operations = Object.values(document.paths).flatMap((methods) => Object.keys(methods))
    await page.goto(`${url}/docs`)
    await page.locator('[data-operation]').first().waitFor()
    expect(await page.locator('[data-operation]').count()).toBe(operations.length)
  })

  test('signing in leads back to the operation, filled in with the device that sent something last', async () => {
    await page.goto(`${url}/docs#put_feeds_feedId`)
    await page.getByRole('region', { name: 'Examples' }).getByRole('link', { name: 'Sign in' }).click()
    await page.getByLabel('Email').fill(server.firstRun.email)
    await page.getByLabel('Password').fill(server.firstRun.password)
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: 'Change a feed and write values' }).waitFor()
    await page.getByLabel('Device', { exact: true }).getByText('Greenhouse').waitFor({ state: 'attached' })
    await expect.poll(() => code('curl')).toContain('"current_value": "58.20"')
  })

  test('the examples carry the feed that is picked, in every language; so does the address', async () => {
    await page.getByLabel('Device', { exact: true }).selectOption({ label: `Boiler · feed ${boiler.feed_id}` })
    await expect.poll(() => new URL(page.url()).searchParams.get('feed')).toBe(String(boiler.feed_id))
    await expect.poll(() => code('curl')).toContain(`/v2/feeds/${boiler.feed_id}'`)
    for (const name of ['JavaScript', 'Python', 'Arduino', 'MQTT', 'WebSocket', 'TCP']) {
      await language(name)
      const text = await code(name)
      expect(text).toMatch(new RegExp(`feeds/${boiler.feed_id}\\b`))
      expect(text).toContain('YOUR_API_KEY')
      expect(text).not.toContain('slc_')
    }
  })

  test('a key that was revealed makes programs that run as they stand', async () => {
    await page.getByRole('button', { name: 'Insert the key' }).click()
    await page.getByLabel('Password').fill(server.firstRun.password)
    await page.getByRole('button', { name: 'Reveal' }).click()
    await page.getByText('Key inserted').waitFor()
    await language('JavaScript')
    const program = await code('JavaScript')
    expect(program).toMatch(/slc_[0-9A-Za-z]{44}/)
    const ran = (await import(
      `data:text/javascript,${encodeURIComponent(`${program}\nexport const status = response.status`)}`
    )) as { status: number }
    expect(ran.status).toBe(200)
  })

  test('try it: the answer with its status and body, also a refusal, and a picture', async () => {
    await page.mouse.wheel(0, 2000)
    await page.getByRole('navigation', { name: 'Operations' }).getByRole('link', { name: 'Read a feed' }).click()
    const top = page.getByRole('heading', { name: 'Read a feed' })
    await expect.poll(async () => (await top.boundingBox())?.y ?? -1).toBeGreaterThan(56)
    const answer = page.getByRole('region', { name: 'Try it' })
    await answer.getByRole('button', { name: 'Try it' }).click()
    await answer.locator('[data-answer-status="200"]').waitFor()
    const body = answer.getByRole('region', { name: 'Body of the answer' })
    expect(JSON.parse(await body.innerText())).toMatchObject({ id: boiler.feed_id, title: 'Boiler' })
    expect(await answer.innerText()).toContain('application/json')
    await page.getByLabel('feedId', { exact: true }).fill('987654')
    await answer.getByRole('button', { name: 'Try it' }).click()
    await answer.locator('[data-answer-status="404"]').waitFor()
    expect(await body.innerText()).toContain('987654')
    expect(complaints.splice(0)).toEqual([expect.stringContaining('404')])
    await page.goto(`${url}/docs#get_feeds_feedId_datastreams_datastreamId`)
    await page.getByRole('button', { name: 'PNG', exact: true }).click()
    await answer.getByRole('button', { name: 'Try it' }).click()
    const picture = answer.getByRole('img')
    await picture.waitFor()
    await expect
      .poll(() => picture.evaluate((image) => (image as unknown as { naturalWidth: number }).naturalWidth))
      .toBeGreaterThan(0)
  })

  test('the page of a device leads to its documentation', async () => {
    await page.goto(`${url}/devices/${boiler.id}`)
    await page.getByRole('link', { name: 'API documentation for this device' }).click()
    await page.getByRole('heading', { name: 'API documentation' }).waitFor()
    expect(new URL(page.url()).searchParams.get('feed')).toBe(String(boiler.feed_id))
    expect(complaints).toEqual([])
  })
})
