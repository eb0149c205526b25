import type { DocFormat, Operation } from './api-document.ts'
import type { Values } from './example-parts.ts'

const EXTENSION = /\.(?:json|xml|csv|png)$/

/**
 * Path and query of a request, encoded. Placeholders stay as they are, so that they can be found and replaced.
 * @param format the extension says it; JSON needs none, unless the last segment looks like one of another format
 */
export function addressOf({ path, parameters }: Operation, values: Values, format: DocFormat): string {
  const filled = path.replaceAll(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(values[name] ?? ''))
  const extension = format === 'lines' || (format === 'json' && !EXTENSION.test(filled)) ? '' : `.${format}`
  const query = new URLSearchParams()
  for (const { name, place } of parameters) {
    const value = values[name] ?? ''
    if (place === 'query' && value !== '') query.append(name, value)
  }
  return `${filled}${extension}${query.size === 0 ? '' : `?${query}`}`
}

/** Headers that parameters say, by name. */
export function headersOf({ parameters }: Operation, values: Values): [string, string][] {
  return parameters.flatMap(({ name, place }): [string, string][] => {
    const value = values[name] ?? ''
    return place === 'header' && value !== '' ? [[name, value]] : []
  })
}
