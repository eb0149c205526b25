import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'

const pages = readdirSync('.', { recursive: true, encoding: 'utf8' }).filter(
  (path) => path.endsWith('.md') && !/(^|[\\/])(node_modules|dist|\.types)[\\/]/.test(path),
)
const manifest = JSON.parse(readFileSync('package.json', 'utf8')) as { scripts: Record<string, string> }

test.each(pages)('%s names only what exists', (page) => {
  const text = readFileSync(page, 'utf8')
  const links = [...text.matchAll(/\]\((?!https?:|#)([^)#\s]+)/g)].map((match) => join(dirname(page), match[1] ?? ''))
  const paths = [...text.matchAll(/`((?:apps|packages|tooling|bench|docs|infra)\/[\w./-]+\.\w+)`/g)].map(
    (match) => match[1] ?? '',
  )
  const scripts = [
    ...text.matchAll(/`?\b(?:pnpm|npm run) (check|integration|e2e|bench|format|lint|types|unit|demo|build)\b/g),
  ].map((match) => match[1] ?? '')
  expect([...links, ...paths].filter((path) => !existsSync(path))).toEqual([])
  expect(scripts.filter((script) => !(script in manifest.scripts))).toEqual([])
})
