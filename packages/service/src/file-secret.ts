import { randomBytes } from 'node:crypto'
import { link, mkdir, open, readFile, stat, unlink } from 'node:fs/promises'
import { dirname, join } from 'node:path'

const SECRET_BYTES = 32

/**
 * Reads a secret of 32 bytes from `<dir>/<name>`, or makes it (mode 0600, on disk before it is used: a secret that a
 * power cut takes back would make every key unreadable).
 * @throws {Error} one sentence, when other users can read the file or it is not a secret of ours
 */
export async function fileSecret(dir: string, name: string): Promise<Buffer> {
  const path = join(dir, name)
  await mkdir(dir, { recursive: true })
  const isNew = await stat(path).then(
    () => false,
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return true
      throw error
    },
  )
  if (isNew) await writeOnce(path, `${randomBytes(SECRET_BYTES).toString('hex')}\n`)
  const { mode } = await stat(path)
  if (process.platform !== 'win32' && (mode & 0o077) !== 0) {
    throw new Error(`${path} can be read by other users; run: chmod 600 ${path}`)
  }
  const secret = Buffer.from((await readFile(path, 'latin1')).trim(), 'hex')
  if (secret.length !== SECRET_BYTES) throw new Error(`${path} does not hold a secret of ${SECRET_BYTES} bytes`)
  return secret
}

/**
 * Writes a file of mode 0600 that is whole, on disk and never replaced: of two writers the first wins.
 * @returns whether it was this call that made it
 */
export async function writeOnce(path: string, text: string): Promise<boolean> {
  const draft = `${path}.${randomBytes(6).toString('hex')}`
  const file = await open(draft, 'wx', 0o600)
  try {
    await file.writeFile(text)
    await file.sync()
  } finally {
    await file.close()
  }
  try {
    await link(draft, path)
    return true
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false
    throw error
  } finally {
    await unlink(draft)
    await syncDirectory(dirname(path))
  }
}

/** A new name in a directory survives a power cut only once the directory itself is on disk. */
async function syncDirectory(path: string): Promise<void> {
  if (process.platform === 'win32') return
  const directory = await open(path, 'r')
  try {
    await directory.sync()
  } finally {
    await directory.close()
  }
}
