// Makes a fresh clone ready to run, and does nothing on a ready one (needs no network then). The only file that runs on
// the machine's own Node (20 or later): it installs the lockfile, which brings Node 24, and builds the workbench.
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

process.chdir(join(import.meta.dirname ?? new URL('.', import.meta.url).pathname, '..'))

const INSTALL_INPUTS = ['package.json', 'pnpm-lock.yaml', 'pnpm-workspace.yaml']
const BUILD_INPUTS = ['apps/workbench', 'packages/sdk', 'packages/model', 'packages/wamp', 'pnpm-lock.yaml']

once('node_modules/.sluice-installed', INSTALL_INPUTS, 'Installing dependencies (first start, or they changed)', () => {
  const { packageManager } = JSON.parse(readFileSync('package.json', 'utf8'))
  // the output of a good install is noise to somebody who only wants to start; of a failed one it is all there is
  run('npx', ['-y', packageManager, 'install', '--frozen-lockfile', '--reporter=append-only'])
})
once('apps/workbench/dist/.sluice-built', BUILD_INPUTS, 'Building the workbench (first start, or it changed)', () => {
  run(
    join('node_modules', '.bin', 'node'),
    [join('node_modules', 'vite', 'bin', 'vite.js'), 'build', '--logLevel=warn'],
    'apps/workbench',
  )
})

/** Runs `work` unless the stamp file says that it was done for exactly these inputs, on this kind of machine. */
function once(stamp, inputs, title, work) {
  const hash = createHash('sha256').update(`${process.platform} ${process.arch}`)
  for (const file of inputs.flatMap(filesOf)) hash.update(file).update(readFileSync(file))
  const wanted = hash.digest('hex')
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return
  const startedAt = Date.now()
  process.stdout.write(`${title} …\n`)
  work()
  mkdirSync(join(stamp, '..'), { recursive: true })
  writeFileSync(stamp, wanted)
  process.stdout.write(`… done in ${Math.round((Date.now() - startedAt) / 1000)} s\n`)
}

function filesOf(path) {
  if (/\.(json|yaml)$/.test(path)) return [path]
  return readdirSync(path, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name))
    .filter((file) => !/[\\/](node_modules|dist|test|e2e)[\\/]|\.test\.tsx?$/.test(file))
    .sort()
}

function run(command, args, cwd = '.') {
  const windows = process.platform === 'win32'
  const program = command.includes('node_modules') ? join(process.cwd(), command) : command
  const done = spawnSync(program, args, {
    cwd,
    stdio: ['ignore', 'pipe', 'pipe'],
    encoding: 'utf8',
    shell: windows,
    env: { ...process.env, CI: 'true' },
  })
  if (done.status === 0) return
  process.stderr.write(
    `${done.stdout ?? ''}${done.stderr ?? ''}\n${done.error?.message ?? ''}\nCould not run: ${command} ${args.join(' ')}\n`,
  )
  process.exit(1)
}
