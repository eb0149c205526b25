import { readFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'

/** A file of configuration, and where what it refers to is read: the environment, and files beside it. */
export interface ConfigFile {
  readonly text: string
  readonly env: Readonly<Record<string, string | undefined>>
  /** @param path relative to the file of configuration @throws {Error} it cannot be read */
  readFile(path: string): string
}

/** @throws {Error} one sentence, when the file cannot be read */
export function openConfigFile(path: string): ConfigFile {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (cause) {
    throw new Error(`${path} cannot be read`, { cause })
  }
  return { text, env: process.env, readFile: (other) => readFileSync(resolve(dirname(path), other), 'utf8') }
}
