// What the pictures of the API documentation need: an account with a device that has a history, and a visitor.
import type { Page } from 'playwright-core'
import type { Shoot } from './trigger-shots.ts'

type Parts = { shoot: Shoot; url: string; feedId: number; password: string }

/** The API documentation, as its owner and as somebody who is not signed in sees it. */
export async function shootDocs({ shoot, url, feedId, password }: Parts): Promise<void> {
  const open =
    (path: string) =>
    async (page: Page): Promise<void> => {
      await page.goto(`${url}${path}`, { waitUntil: 'networkidle' })
    }
  await shoot('docs', open('/docs'))
  await shoot('docs-search', open('/docs?q=history'))
  await shoot('docs-put-feed', open('/docs#put_feeds_feedId'))
  await shoot('docs-put-feed-key', async (page) => {
    const examples = page.locator('details').filter({ hasText: 'Examples:' })
    if ((await examples.count()) > 0) await examples.locator('summary').click()
    await page.getByRole('button', { name: 'Insert the key' }).click()
    await page.getByLabel('Password').fill(password)
    await page.getByRole('button', { name: 'Reveal' }).click()
    await page.getByRole('dialog').waitFor({ state: 'detached' })
    await page.getByRole('tab', { name: 'Arduino' }).click()
  })
  await shoot('docs-try', async (page) => {
    await open(`/docs?feed=${feedId}#get_feeds_feedId`)(page)
    await page.getByRole('button', { name: 'Try it' }).click()
    await page.locator('[data-answer-status]').waitFor()
    await page.getByRole('region', { name: 'Try it' }).scrollIntoViewIfNeeded()
  })
  await shoot('docs-graph', async (page) => {
    await open(`/docs?feed=${feedId}#get_feeds_feedId_datastreams_datastreamId`)(page)
    await page.getByRole('button', { name: 'PNG' }).click()
    await page.getByLabel('duration', { exact: true }).fill('6hours')
    await page.getByRole('button', { name: 'Try it' }).click()
    await page.locator('img[alt^="The graph"]').waitFor()
    await page.locator('img[alt^="The graph"]').scrollIntoViewIfNeeded()
  })
  await shoot('docs-members', async (page) => {
    await open('/docs#post_keys')(page)
    for (const summary of await page.locator('details summary').filter({ hasText: 'Members of' }).all()) {
      if (await summary.isVisible()) await summary.click()
    }
    await page.getByRole('region', { name: 'Body', exact: true }).scrollIntoViewIfNeeded()
  })
  await shoot('docs-owner-only', (page) =>
    page
      .locator('[data-operation="post_keys_key_reveal"]')
      .evaluate((link) => (link as unknown as { click(): void }).click()),
  )
  await shoot('docs-unknown', open('/docs#put_pigeons'))
  await shoot('docs-visitor', async (page) => {
    await page.context().clearCookies()
    await page.evaluate(() => localStorage.clear())
    await open('/docs')(page)
  })
  await shoot('docs-visitor-operation', open('/docs#get_feeds_feedId'))
}
