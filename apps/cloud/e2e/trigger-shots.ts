// What the pictures of triggers, deliveries and endpoints need: two targets, history, triggers that fire.
import type { NewTriggerDocument } from '@sluice/model'
import type { Client } from '@sluice/sdk'
import type { Page } from 'playwright-core'
import { startReceiver } from './receiver.ts'

export type Shoot = (name: string, prepare: (page: Page) => Promise<unknown>) => Promise<void>
type Parts = { shoot: Shoot; url: string; client: Client; feedId: number; deviceId: number }

/** Pages of triggers, from an account that has none to one with firings, a dead target and a paused one. */
export async function shootTriggers({ shoot, url, client, feedId, deviceId }: Parts): Promise<void> {
  await using good = await startReceiver('/hooks/greenhouse')
  await using bad = await startReceiver('/hooks/cellar', 503)
  const open =
    (path: string) =>
    async (page: Page): Promise<void> => {
      await page.goto(`${url}${path}`, { waitUntil: 'networkidle' })
    }
  await shoot('no-triggers', open('/triggers'))
  await shoot('no-deliveries', open('/deliveries'))
  await shoot('device-no-triggers', open(`/devices/${deviceId}?tab=triggers`))
  await shoot('new-trigger', open('/triggers/new'))
  await shoot('new-trigger-preview', async (page) => {
    await open(`/triggers/new?feed=${feedId}&stream=temperature&range=24h`)(page)
    await page.getByLabel('Threshold', { exact: true }).first().fill('24')
    await page.getByText(/Would have fired \d+ times/).waitFor()
    await page.getByRole('slider').waitFor()
  })
  await shoot('new-trigger-more', async (page) => {
    await page.getByRole('button', { name: 'Add condition' }).click()
    await page.getByLabel('Condition 2: Channel').selectOption('humidity')
    await page.getByLabel('Condition 2: Comparison').selectOption('between')
    await page.getByText('Options', { exact: true }).click()
    await page.getByRole('button', { name: 'Save and arm' }).click()
    await page.getByText('Where should the request go?').waitFor()
  })
  await shoot('new-trigger-moment', async (page) => {
    await open(`/triggers/new?feed=${feedId}&stream=temperature&range=24h`)(page)
    await page.getByLabel('Threshold', { exact: true }).first().fill('24')
    await page.getByText('It would have fired at').scrollIntoViewIfNeeded()
    await page.locator('section[aria-label="Preview"] ol button').first().click()
  })

  const above = (threshold: string, to: string): NewTriggerDocument => ({
    environment_id: feedId,
    conditions: [{ stream_id: 'temperature', trigger_type: 'gt', threshold_value: threshold }],
    action: { kind: 'http', url: to, format: 'json' },
  })
  const hot = await client.triggers.create({ ...above('22', good.url), name: 'Too hot for tomatoes' })
  const dead = await client.triggers.create({ ...above('20.5', bad.url), mode: 'level', min_interval: 2 })
  await client.triggers.create({ ...above('40', good.url), enabled: false, name: 'Fire' })
  await client.triggers.create({
    environment_id: feedId,
    conditions: [
      { stream_id: 'humidity', trigger_type: 'lt', threshold_value: '40' },
      { stream_id: 'temperature', trigger_type: 'gt', threshold_value: '28' },
    ],
    for: 600,
    hysteresis: '0.5',
    min_interval: 3600,
    action: { kind: 'publish', topic: 'com.example.greenhouse.too-dry' },
  })
  await client.triggers.create({
    environment_id: feedId,
    conditions: [{ stream_id: 'door', trigger_type: 'frozen', after: 86_400 }],
    action: { kind: 'datapoint', feed_id: feedId, datastream_id: 'alarm', value: '1' },
  })
  for (const value of ['21.5', '22.5', '21.5', '23', '20', '24']) {
    await client.datastreams.update(feedId, 'temperature', { current_value: value })
    await new Promise((resolve) => setTimeout(resolve, 2100))
  }
  await client.triggers.test(hot)

  await shoot('triggers', open('/triggers'))
  await shoot('triggers-filtered', open('/triggers?filter=paused'))
  await shoot('device-triggers', open(`/devices/${deviceId}?tab=triggers`))
  await shoot('trigger', open(`/triggers/${hot}`))
  await shoot('trigger-trace', open(`/triggers/${hot}?tab=trace`))
  await shoot('trigger-snippets', open(`/triggers/${hot}?tab=snippets`))
  await shoot('trigger-delete', async (page) => {
    await open(`/triggers/${dead}`)(page)
    await page.getByRole('button', { name: 'Delete' }).click()
  })
  await shoot('edit-trigger', open(`/triggers/${hot}/edit`))
  await shoot('deliveries', open('/deliveries'))
  await shoot('delivery', async (page) => {
    await open('/deliveries?status=delivered')(page)
    await page.locator('[data-delivery-id]').first().getByRole('link').click()
    await page.getByText('Byte for byte').waitFor()
  })
  await shoot('delivery-failing', async (page) => {
    await open('/deliveries?status=pending')(page)
    await page.locator('[data-delivery-id]').last().getByRole('link').click()
    await page.getByText('Byte for byte').waitFor()
  })
  const failing = (await client.endpoints.list()).find(({ address }) => address === bad.url)
  await shoot('endpoint', open(`/endpoints/${failing?.id}`))
  await shoot('endpoint-rotate', (page) => page.getByRole('button', { name: 'Rotate' }).click())
  bad.answer(410)
  const [waiting] = await client.deliveries.list({ status: 'pending' })
  if (waiting) await client.deliveries.redeliver(waiting.id)
  await shoot('endpoint-disabled', async (page) => {
    await open(`/endpoints/${failing?.id}`)(page)
    await page.locator('[data-endpoint-state="disabled"]').waitFor()
  })
  await shoot('resend-failed', async (page) => {
    await open('/deliveries')(page)
    await page.getByRole('button', { name: 'Resend failed' }).click()
  })
}
