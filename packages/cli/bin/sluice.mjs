#!/usr/bin/env node
// Plain JavaScript, so that a Node that cannot read TypeScript gets a sentence instead of a stack trace.
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
if (major > 22 || (major === 22 && minor >= 18)) {
  await import('../src/main.ts')
} else {
  process.stderr.write(`sluice: Node 22.18 or later is needed, and this is ${process.version}\n`)
  process.exitCode = 2
}
