import type { ReactNode } from 'react'
import { SnippetTabs } from '../../ui/SnippetTabs.tsx'
import { Segments } from '../../ui/Segments.tsx'
import type { DocFormat, Operation, Schemas } from './api-document.ts'
import { formatWords } from './Documents.tsx'
import type { ExampleParts, Values } from './example-parts.ts'
import { operationSnippets } from './operation-snippets.ts'

type Props = {
  operation: Operation
  schemas: Schemas
  parts: ExampleParts
  values: Values
  formats: readonly DocFormat[]
  format: DocFormat
  onFormat(format: DocFormat): void
  language: string | undefined
  onLanguage(language: string): void
}

/** The request as a program, in the format and the language that were picked. */
export function RequestPane({ formats, format, onFormat, language, onLanguage, ...input }: Props): ReactNode {
  const snippets = operationSnippets({ ...input, format })
  return (
    <section aria-label="Request" className="panel min-w-0 p-4">
      <div className="mb-2 flex min-h-8 flex-wrap items-center justify-between gap-2">
        <h2 className="font-semibold">Request</h2>
        {formats.length > 1 && (
          <Segments
            label="Format"
            options={formats.map((id) => ({ id, label: formatWords(id) }))}
            value={format}
            onChange={onFormat}
          />
        )}
      </div>
      {snippets.length > 0 ? (
        <SnippetTabs label="Language" snippets={snippets} language={language} onLanguage={onLanguage} />
      ) : (
        <p className="text-muted">
          Only a person who is signed in may do this, so there is nothing for a program to send. The workbench does it
          for you.
        </p>
      )}
    </section>
  )
}
