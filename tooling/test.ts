// `npm test`: every check there is, in order of cost, all of them even when one fails. The last line is the sum.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

type Sum = { passed: number; failed: number; skipped: number }
type VitestReport = {
  numPassedTests: number
  numFailedTests: number
  numPendingTests: number
  numFailedTestSuites: number
}

const sum: Sum = { passed: 0, failed: 0, skipped: 0 }
const reports = mkdtempSync(join(tmpdir(), 'sluice-test-'))

for (const [title, command] of [
  ['format', ['oxfmt', '--check']],
  ['lint', ['oxlint', '--type-aware']],
  ['types', ['tsc', '-b']],
] as const) {
  step(title, () => add({ passed: 0, failed: 0, skipped: 0, [run(command) === 0 ? 'passed' : 'failed']: 1 }))
}
for (const project of ['unit', 'integration', 'e2e']) step(project, () => add(vitest(project)))

rmSync(reports, { recursive: true })
console.log(`\n${sum.passed} passed, ${sum.failed} failed, ${sum.skipped} skipped`)
process.exitCode = sum.failed > 0 ? 1 : 0

function step(title: string, work: () => void): void {
  const startedAt = performance.now()
  console.log(`\n── ${title}`)
  work()
  console.log(`── ${title}: ${((performance.now() - startedAt) / 1000).toFixed(1)} s`)
}

function vitest(project: string): Sum {
  const file = join(reports, `${project}.json`)
  const status = run([
    'vitest',
    'run',
    '--project',
    project,
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${file}`,
  ])
  if (!existsSync(file)) return { passed: 0, failed: 1, skipped: 0 }
  const report = JSON.parse(readFileSync(file, 'utf8')) as VitestReport
  // a file that does not load has no failed test of its own, an unhandled error none at all
  const failed = Math.max(report.numFailedTests, report.numFailedTestSuites > 0 || status !== 0 ? 1 : 0)
  return { passed: report.numPassedTests, failed, skipped: report.numPendingTests }
}

function add(more: Sum): void {
  for (const key of ['passed', 'failed', 'skipped'] as const) sum[key] += more[key]
}

function run([command = '', ...args]: readonly string[]): number {
  const done = spawnSync(command, args, { stdio: 'inherit', shell: process.platform === 'win32' })
  return done.status ?? 1
}
