// What the pictures of keys need: keys with every constraint, one that is being rolled and still used with its old text.
import { createClient } from '@sluice/sdk'
import type { Client } from '@sluice/sdk'
import type { Page } from 'playwright-core'
import type { Shoot } from './trigger-shots.ts'

type Parts = { shoot: Shoot; url: string; client: Client; feedId: number; deviceId: number }

/** The tab of keys and its dialogs, with keys of every kind. */
export async function shootKeys({ shoot, url, client, feedId, deviceId }: Parts): Promise<void> {
  const open = async (page: Page): Promise<void> => {
    await page.goto(`${url}/devices/${deviceId}?tab=keys`, { waitUntil: 'networkidle' })
  }
  const trigger = await client.triggers.create({
    environment_id: feedId,
    conditions: [{ stream_id: 'temperature', trigger_type: 'gt', threshold_value: '30' }],
    action: { kind: 'publish', topic: 'com.example.hot' },
  })
  await client.keys.create({
    label: 'Page of the garden club',
    private_access: true,
    permissions: [
      { access_methods: ['get'], referer: 'https://garden.example.org', resources: [{ feed_id: feedId }] },
      {
        label: 'Sprinkler',
        access_methods: ['put'],
        source_ip: '10.20.0.0/16',
        minimum_interval: 60,
        resources: [{ feed_id: feedId, datastream_id: 'temperature' }],
      },
    ],
    expires_at: '2030-01-01T00:00:00Z',
  })
  await client.keys.create({
    label: 'Pager',
    private_access: true,
    permissions: [{ access_methods: ['get'], resources: [{ datastream_trigger_id: trigger }] }],
  })
  const made = await client.keys.create({
    label: 'Greenhouse gateway, building 4',
    private_access: true,
    permissions: [{ access_methods: ['get', 'put', 'post'], resources: [{ feed_id: feedId }] }],
  })
  await client.keys.roll(made.api_key, 24)
  const gateway = createClient({ baseUrl: url, apiKey: made.api_key })
  await gateway.feeds.update(feedId, { datastreams: [{ id: 'temperature', current_value: '22.5' }] })
  await gateway.close()
  await client.keys.create({
    label: 'Elsewhere',
    permissions: [{ access_methods: ['get'], resources: [{ feed_id: feedId + 1 }] }],
  })

  await shoot('keys-all', open)
  await shoot('key-add', async (page) => {
    await open(page)
    await page.getByRole('button', { name: 'Add key' }).click()
  })
  await shoot('key-edit', async (page) => {
    await open(page)
    await page.getByRole('button', { name: 'Actions for Page of the garden club' }).click()
    await page.getByRole('menuitem', { name: 'Edit key' }).click()
  })
  await shoot('key-edit-wrong', async (page) => {
    await page.getByLabel('Only from address').first().fill('10.20.0.0.1')
    await page.getByLabel('Once in so many seconds').first().fill('often')
    await page.getByRole('button', { name: 'Save' }).click()
  })
  await shoot('key-roll', async (page) => {
    await open(page)
    await page.getByRole('button', { name: 'Roll Greenhouse gateway' }).click()
  })
  await shoot('key-check-no', async (page) => {
    await open(page)
    await page.getByRole('button', { name: 'Actions for Page of the garden club' }).click()
    await page.getByRole('menuitem', { name: 'Can this key' }).click()
    await page.getByRole('button', { name: 'Update' }).click()
    await page.getByLabel('From address').fill('203.0.113.7')
    await page.locator('[data-verdict="no"]').getByText('203.0.113.7').waitFor()
  })
  await shoot('key-check-yes', async (page) => {
    await page.getByLabel('From address').fill('10.20.3.4')
    await page.getByLabel('Channel', { exact: true }).last().fill('temperature')
    await page.locator('[data-verdict="yes"]').waitFor()
  })
  await shoot('embed', async (page) => {
    await page.goto(`${url}/devices/${deviceId}`, { waitUntil: 'networkidle' })
    await page.getByRole('button', { name: 'Actions for temperature' }).click()
    await page.getByRole('menuitem', { name: 'Embed graph' }).click()
    await page.locator('img[data-state="shown"]').waitFor()
  })
  await shoot('export', async (page) => {
    await page.goto(`${url}/settings`, { waitUntil: 'networkidle' })
    await page.getByRole('button', { name: 'Export everything' }).click()
    await page.getByText('Saved as').waitFor()
  })
  await shoot('account-menu', (page) => page.getByRole('button', { name: 'Account' }).click())
  await shoot('key-end', async (page) => {
    await open(page)
    await page.getByRole('button', { name: 'End the old text of Greenhouse gateway' }).click()
  })
}
