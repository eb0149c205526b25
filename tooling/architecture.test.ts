import { readFileSync, readdirSync } from 'node:fs'
import { expect, test } from 'vitest'

/** What each member may import of ours. A new edge starts with an edit here, and with the reason in ARCHITECTURE.md. */
const MAY_IMPORT: Record<string, readonly string[]> = {
  'packages/model': [],
  'packages/wamp': [],
  'packages/formats': ['model'],
  'packages/triggers': ['model'],
  'packages/service': [],
  'packages/store': ['model'],
  'packages/sdk': ['model', 'wamp'],
  'packages/cli': ['model', 'sdk', 'triggers'],
  'apps/api': ['model', 'formats', 'triggers', 'store', 'wamp', 'service'],
  'apps/bus': ['model', 'wamp', 'service'],
  'apps/worker': ['model', 'triggers', 'store', 'service'],
  'apps/cloud': ['api', 'bus', 'worker', 'store', 'triggers', 'wamp', 'service', 'sdk', 'model'],
  'apps/workbench': ['model', 'sdk'],
  bench: ['cloud', 'bus', 'store', 'model', 'service'],
}

const members = [...['apps', 'packages'].flatMap((dir) => readdirSync(dir).map((name) => `${dir}/${name}`)), 'bench']
const root = new URL('..', import.meta.url)

test('every member is in the table', () => {
  expect(members.toSorted()).toEqual(Object.keys(MAY_IMPORT).toSorted())
})

test.each(members)('%s declares only what the table allows', (member) => {
  const manifest = JSON.parse(readFileSync(new URL(`${member}/package.json`, root), 'utf8')) as Manifest
  const ours = Object.keys({ ...manifest.dependencies, ...manifest.devDependencies })
    .filter((name) => name.startsWith('@sluice/'))
    .map((name) => name.slice('@sluice/'.length))
  expect(ours.filter((name) => !MAY_IMPORT[member]?.includes(name))).toEqual([])
})

test.each(members)('%s pins every dependency by the catalog', (member) => {
  const manifest = JSON.parse(readFileSync(new URL(`${member}/package.json`, root), 'utf8')) as Manifest
  const ranges = Object.values({ ...manifest.dependencies, ...manifest.devDependencies })
  expect(ranges.filter((range) => range !== 'catalog:' && range !== 'workspace:*')).toEqual([])
})

test.each(members)('%s imports nothing it does not declare, and nothing past another member’s exports', (member) => {
  const manifest = JSON.parse(readFileSync(new URL(`${member}/package.json`, root), 'utf8')) as Manifest
  const declared = new Set(Object.keys({ ...manifest.dependencies, ...manifest.devDependencies }))
  const undeclared = sources(member).flatMap((file) =>
    [
      ...readFileSync(new URL(file, root), 'utf8').matchAll(
        /^(?:import|export)\b[^'"]*?from '(@sluice\/[^']+|\.\.\/\.\.\/[^']+)'/gm,
      ),
    ]
      .map((match) => match[1] ?? '')
      .filter((name) =>
        name.startsWith('@sluice/') ? !declared.has(name.split('/').slice(0, 2).join('/')) : leaves(member, file, name),
      )
      .map((name) => `${file}: ${name}`),
  )
  expect(undeclared).toEqual([])
})

type Manifest = { dependencies?: Record<string, string>; devDependencies?: Record<string, string> }

function sources(member: string): string[] {
  return readdirSync(new URL(member, root), { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && /\.tsx?$/.test(entry.name) && !/node_modules|dist/.test(entry.parentPath))
    .map((entry) => `${entry.parentPath.slice(entry.parentPath.indexOf(member))}/${entry.name}`)
}

function leaves(member: string, file: string, specifier: string): boolean {
  return !new URL(specifier, new URL(file, root)).pathname.includes(`/${member}/`)
}
