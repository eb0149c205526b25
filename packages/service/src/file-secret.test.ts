import { chmod, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { fileSecret, writeOnce } from './file-secret.ts'

let dir: string
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'sluice-secret-'))
})
afterEach(() => rm(dir, { recursive: true }))

test('a secret is made once, for its owner alone, and stays', async () => {
  const [first, second] = await Promise.all([fileSecret(join(dir, 'a'), 's'), fileSecret(join(dir, 'a'), 's')])
  expect(first).toHaveLength(32)
  expect(second).toEqual(first)
  expect(await fileSecret(join(dir, 'a'), 's')).toEqual(first)
  expect(await fileSecret(join(dir, 'a'), 't')).not.toEqual(first)
  expect(((await stat(join(dir, 'a', 's'))).mode & 0o777).toString(8)).toBe('600')
  expect(await readdir(join(dir, 'a'))).toEqual(['s', 't'])
})

test.each([
  ['0644', 0o644, 'ab'.repeat(32), 'can be read by other users; run: chmod 600'],
  ['0640', 0o640, 'ab'.repeat(32), 'can be read by other users'],
  ['too short', 0o600, 'abab', 'does not hold a secret of 32 bytes'],
  ['empty', 0o600, '', 'does not hold a secret of 32 bytes'],
])('a file that is %s is refused', async (_what, mode, text, sentence) => {
  await writeFile(join(dir, 's'), text)
  await chmod(join(dir, 's'), mode)
  await expect(fileSecret(dir, 's')).rejects.toThrow(sentence)
})

test('of many writers one wins, and nothing is left behind', async () => {
  const path = join(dir, 'f')
  const won = await Promise.all(Array.from({ length: 8 }, (_, index) => writeOnce(path, `text ${index}`)))
  expect(won.filter(Boolean)).toHaveLength(1)
  expect(await readdir(dir)).toEqual(['f'])
})
