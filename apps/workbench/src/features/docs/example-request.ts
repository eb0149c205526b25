import { successOf } from './api-document.ts'
import type { DocFormat, Operation, Schemas } from './api-document.ts'
import { exampleBody } from './example-body.ts'
import type { ExampleParts, Values } from './example-parts.ts'
import { addressOf, headersOf } from './operation-address.ts'

export type SnippetInput = {
  operation: Operation
  values: Values
  parts: ExampleParts
  /** of the answer where it has a choice, of the body where it has one */
  format: DocFormat
  schemas: Schemas
}
/** One request, with everything filled in. */
export type ExampleRequest = {
  method: Operation['method']
  /** absolute */
  url: string
  /** path and query */
  address: string
  headers: [string, string][]
  /** null where it has none */
  body: { text: string; json: unknown } | null
  answer: DocFormat | 'nothing'
}

/** What the example sends. The owner's number of a key is none that a program could use: its text stands there. */
export function exampleRequest({ operation, values, parts, format, schemas }: SnippetInput): ExampleRequest {
  const named = values['key'] === parts.keyId ? { ...values, key: parts.key } : values
  const address = addressOf(operation, named, format)
  const answers = successOf(operation)?.content?.formats ?? []
  return {
    method: operation.method,
    url: `${parts.baseUrl}${address}`,
    address,
    headers: [
      ...(operation.caller === 'anybody' ? [] : [['X-ApiKey', parts.key] as [string, string]]),
      ...headersOf(operation, values),
    ],
    body: exampleBody(operation, parts, { format, schemas }),
    answer: answers.includes(format) ? format : (answers[0] ?? 'nothing'),
  }
}
