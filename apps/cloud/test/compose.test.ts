import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { cp, mkdir, mkdtemp, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { readConfig } from '@sluice/service'
import { openTestDatabase } from '@sluice/store/testing'
import { beforeAll, describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { CloudConfig } from '../src/config.ts'
import { argumentsOf, copiesOf, environmentOf, parseDockerfile } from './dockerfile.ts'
import type { Stage } from './dockerfile.ts'
import { freePort } from './server-process.ts'

// There is no container engine where this runs. The two files are read as an engine would read them, and each command
// in them is run as it stands there, on this machine. Not exercised: the images themselves, `npm install --global`, the
// download of packages, the build of the workbench (`npm start` runs the same one), `install --directory`, the read-only file system, and dropped capabilities.

type Service = {
  image?: string
  build?: { context: string; dockerfile: string }
  environment: Record<string, string>
  volumes: string[]
  ports?: string[]
  depends_on?: Record<string, { condition: string }>
  healthcheck: { test: string[] }
  restart: string
  stop_grace_period: string
  read_only?: boolean
}
type Compose = { services: { sluice: Service; postgres: Service }; volumes: Record<string, null> }

const ROOT = fileURLToPath(new URL('../../..', import.meta.url))
const run = promisify(execFile)
/** the Node that the tests run on is the image's `node` */
const PATH = `${dirname(process.execPath)}${delimiter}${process.env['PATH']}`

let composeText: string
let compose: Compose
let stages: Stage[]
let final: Stage
let manifest: { packageManager: string; scripts: Record<string, string> }

beforeAll(async () => {
  composeText = await readFile(join(ROOT, 'docker-compose.yml'), 'utf8')
  compose = parse(composeText) as Compose
  stages = parseDockerfile(await readFile(join(ROOT, 'infra/docker/Dockerfile'), 'utf8'))
  final = stages.at(-1) ?? { image: '', name: '', instructions: [] }
  manifest = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8')) as typeof manifest
})

/** What compose does to `${NAME:-default}` and `${NAME:?message}`. */
function interpolate(text: string, env: Record<string, string>): string {
  return text.replace(/\$\{(\w+):([-?])([^}]*)\}/g, (_all, name: string, kind: string, rest: string) => {
    const value = env[name] ?? (kind === '-' ? rest : undefined)
    if (value === undefined) throw new Error(rest)
    return value
  })
}
function environment(service: 'sluice' | 'postgres', env: Record<string, string>): Record<string, string> {
  const entries = Object.entries(compose.services[service].environment)
  return Object.fromEntries(entries.map(([name, value]) => [name, interpolate(value, env)]))
}

describe('docker-compose.yml', () => {
  test('every variable of the server is a setting, and together they are accepted', () => {
    const given = { ...environmentOf(final), ...environment('sluice', { POSTGRES_PASSWORD: 'a1b2' }) }
    const { NODE_ENV, ...settings } = given
    expect(NODE_ENV).toBe('production')
    expect(Object.keys(settings).filter((name) => !(name in CloudConfig.shape))).toEqual([])
    expect(readConfig(CloudConfig, settings)).toMatchObject({
      HOST: '0.0.0.0',
      PORT: 8080,
      MQTT_PORT: 1883,
      SOCKET_PORT: 8081,
      DATABASE_URL: 'postgres://sluice:a1b2@postgres:5432/sluice',
      SLUICE_PUBLIC_URL: 'http://localhost:8080',
      SLUICE_ALLOW_PLAIN_HTTP: 'yes',
    })
  })

  test('the public address can be set', () => {
    const env = { POSTGRES_PASSWORD: 'a1b2', SLUICE_PUBLIC_URL: 'https://sluice.example' }
    expect(environment('sluice', env)['SLUICE_PUBLIC_URL']).toBe('https://sluice.example')
  })

  test.each(['sluice', 'postgres'] as const)('%s has no password until one is given', (service) => {
    expect(() => environment(service, {})).toThrow('put POSTGRES_PASSWORD into .env')
    for (const [name, value] of Object.entries(compose.services[service].environment)) {
      if (/PASSWORD|SECRET|KEY|_URL/.test(name)) expect(value).toMatch(/\$\{\w+:/)
    }
  })

  test('the database that the server is told of is the one that Postgres makes', () => {
    const { DATABASE_URL = '' } = environment('sluice', { POSTGRES_PASSWORD: 'a1b2' })
    const url = new URL(DATABASE_URL)
    expect(environment('postgres', { POSTGRES_PASSWORD: 'a1b2' })).toEqual({
      POSTGRES_USER: url.username,
      POSTGRES_PASSWORD: url.password,
      POSTGRES_DB: url.pathname.slice(1),
    })
    expect(compose.services).toHaveProperty(url.hostname)
  })

  test('data outlives the containers: both services keep it in named volumes', () => {
    const mounts = Object.values(compose.services).flatMap(({ volumes }) => volumes.map((mount) => mount.split(':')))
    expect(Object.fromEntries(mounts)).toEqual({
      'sluice-data': environmentOf(final)['SLUICE_DATA'],
      'postgres-data': '/var/lib/postgresql',
    })
    expect(new Set(Object.keys(compose.volumes))).toEqual(new Set(mounts.map(([name]) => name)))
    expect(compose.services.postgres.image).toMatch(/^postgres:1[89]\b/)
  })

  test('the server waits for a healthy database, comes back, and has time to drain', () => {
    const { sluice, postgres } = compose.services
    expect(sluice.depends_on).toEqual({ postgres: { condition: 'service_healthy' } })
    for (const service of [sluice, postgres]) {
      expect(service.restart).toBe('unless-stopped')
      expect(Number.parseInt(service.stop_grace_period, 10)).toBeGreaterThanOrEqual(35)
      expect(service.healthcheck.test[0]).toBe('CMD')
    }
  })

  test('plain http reaches this machine only, and the server runs with as little as it needs', () => {
    const { sluice } = compose.services
    expect(sluice.ports).toEqual(['127.0.0.1:8080:8080', '127.0.0.1:1883:1883', '127.0.0.1:8081:8081'])
    expect(sluice).toMatchObject({ read_only: true, cap_drop: ['ALL'], security_opt: ['no-new-privileges:true'] })
    expect(argumentsOf(final, 'USER')).toEqual(['node'])
  })

  test('the image is built from files that exist', async () => {
    const { context = '', dockerfile = '' } = compose.services.sluice.build ?? {}
    expect((await stat(join(ROOT, context, dockerfile))).isFile()).toBe(true)
  })
})

describe('Dockerfile', () => {
  test('every COPY finds its source, in the context and past .dockerignore or in an earlier stage', async () => {
    const ignore = await readFile(join(ROOT, 'infra/docker/Dockerfile.dockerignore'), 'utf8')
    const built = new Set(['apps/workbench/dist'])
    for (const [index, stage] of stages.entries()) {
      for (const { from, sources } of copiesOf(stage)) {
        const earlier = stages.slice(0, index).map(({ name }) => name)
        if (from !== null) expect(earlier).toContain(from)
        for (const source of sources) {
          const path = from === null ? source : source.replace(/^\/app\/?/, '')
          if (from === null) expect(ignore.split('\n')).toContain(`!${source}`)
          if (!built.has(path)) await expect(stat(join(ROOT, path)), path).resolves.toBeDefined()
        }
      }
    }
  })

  test('Node is the major of the lockfile, pnpm the pinned one', async () => {
    const workspace = parse(await readFile(join(ROOT, 'pnpm-workspace.yaml'), 'utf8')) as { catalog: { node: string } }
    const major = workspace.catalog.node.split('.')[0]
    const images = stages.map(({ image }) => image).filter((image) => image.includes(':'))
    expect(new Set(images)).toEqual(new Set([`node:${major}-bookworm-slim`]))
    const installs = stages.flatMap((stage) => argumentsOf(stage, 'RUN')).filter((command) => command.startsWith('npm'))
    expect(installs).toEqual([`npm install --global ${manifest.packageManager}`])
  })

  test('each pnpm install fits the frozen lockfile, with what is copied before it and nothing else', async () => {
    const installs = stages
      .flatMap((stage) => argumentsOf(stage, 'RUN'))
      .filter((command) => command.startsWith('pnpm install'))
    expect(installs).toHaveLength(2)
    const copied = copiesOf(stages[0] ?? final).flatMap(({ sources }) => sources)
    const app = await mkdtemp(join(tmpdir(), 'sluice-image-'))
    try {
      for (const source of copied) {
        const filter = (path: string): boolean => !/[\\/](node_modules|dist|e2e|test)$/.test(path)
        await mkdir(join(app, dirname(source)), { recursive: true })
        await cp(join(ROOT, source), join(app, source), { recursive: true, filter })
      }
      for (const command of installs) {
        expect(command).toContain('--frozen-lockfile')
        const args = ['--prefer-offline', '-y', manifest.packageManager, ...command.split(' ').slice(1)]
        const { stdout } = await run('npx', [...args, '--offline', '--lockfile-only'], {
          cwd: app,
          env: { ...process.env, CI: 'true' },
        })
        expect(stdout).toMatch(/Scope: [1-9]/)
      }
    } finally {
      await rm(app, { recursive: true, force: true })
    }
  })

  test('the workbench is built apart; the server stage leaves out what only builds and tests need', async () => {
    const server = stages.find(({ name }) => name === 'server') ?? final
    const builder = stages.find(({ name }) => name === 'workbench') ?? final
    expect(argumentsOf(builder, 'RUN')).toContain('pnpm --filter @sluice/workbench build')
    const workbench = JSON.parse(await readFile(join(ROOT, 'apps/workbench/package.json'), 'utf8')) as typeof manifest
    expect(workbench.scripts).toHaveProperty('build')
    expect(argumentsOf(server, 'RUN')).toEqual(['pnpm install --frozen-lockfile --prod --filter @sluice/cloud...'])
    expect(copiesOf(final).map(({ from }) => from)).toEqual(['server', 'workbench', null])
  })

  test('the command serves on the environment of the image and compose file; health and stop signal work', async () => {
    await using database = await openTestDatabase()
    const dataDir = await mkdtemp(join(tmpdir(), 'sluice-image-'))
    const port = String(await freePort())
    const env = {
      ...process.env,
      PATH,
      ...environmentOf(final),
      ...environment('sluice', { POSTGRES_PASSWORD: 'a1b2' }),
      DATABASE_URL: database.url,
      PORT: port,
      MQTT_PORT: '0',
      SOCKET_PORT: '0',
      SLUICE_DATA: dataDir,
    }
    const [command = '', ...args] = JSON.parse(argumentsOf(final, 'CMD')[0] ?? '[]') as string[]
    const [, program = '', ...words] = compose.services.sluice.healthcheck.test
    const health = (): Promise<boolean> =>
      run(program, words, { cwd: ROOT, env }).then(
        () => true,
        () => false,
      )
    expect(await health()).toBe(false)
    const server = spawn(command, args, { cwd: ROOT, env, stdio: 'inherit' })
    const exited = once(server, 'exit')
    try {
      await expect.poll(health, { timeout: 20_000, interval: 200 }).toBe(true)
      expect((await fetch(`http://127.0.0.1:${port}/v2/feeds`)).status).toBe(401)
    } finally {
      server.kill((argumentsOf(final, 'STOPSIGNAL')[0] ?? '') as NodeJS.Signals)
    }
    expect(await exited).toEqual([0, null])
    expect(await health()).toBe(false)
    await rm(dataDir, { recursive: true, force: true })
  }, 60_000)
})

test('the health check of Postgres tells a server from none', async ({ skip }) => {
  const [, program = '', ...words] = compose.services.postgres.healthcheck.test
  const isThere = await run(program, ['--version']).then(
    () => true,
    () => false,
  )
  if (!isThere) skip(`${program} is not installed on this machine`)
  await using database = await openTestDatabase()
  const { hostname, port } = new URL(database.url)
  if (hostname !== '127.0.0.1') skip('the test database is on another machine, and the check asks this one')
  const health = (PGPORT: string): Promise<boolean> =>
    run(program, words, { env: { ...process.env, PGPORT } }).then(
      () => true,
      () => false,
    )
  expect(await health(port)).toBe(true)
  expect(await health(String(await freePort()))).toBe(false)
})
