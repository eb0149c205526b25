// `pnpm bench NAME`: runs one benchmark. It prints a table, and last one line of JSON with the ratios.
import { readdirSync } from 'node:fs'

const names = readdirSync(new URL('src', import.meta.url))
  .filter((file) => file.endsWith('.bench.ts'))
  .map((file) => file.slice(0, -'.bench.ts'.length))
const name = process.argv[2] ?? ''

if (names.includes(name)) await import(`./src/${name}.bench.ts`)
else {
  console.error(`Which one? pnpm bench ${names.join(' | ')}`)
  process.exitCode = 2
}
