import { ChevronRight } from 'lucide-react'
import type { ReactNode } from 'react'
import { StatusPill } from '../requests/StatusPill.tsx'
import type { Content, DocFormat, Operation, Schemas } from './api-document.ts'
import { MemberTree } from './MemberTree.tsx'
import { memberRows } from './member-rows.ts'

const FORMAT_WORDS: Record<DocFormat, string> = {
  json: 'JSON',
  xml: 'XML',
  csv: 'CSV',
  png: 'PNG',
  lines: 'JSON lines',
}
export const formatWords = (format: DocFormat): string => FORMAT_WORDS[format]

/** What an operation takes, and what it answers. */
export function Documents({ operation, schemas }: { operation: Operation; schemas: Schemas }): ReactNode {
  const answers = operation.answers.filter(({ status }) => status < 400)
  const refusals = operation.answers.filter(({ status }) => status >= 400)
  return (
    <>
      {operation.body && (
        <section aria-label="Body">
          <h2 className="mb-2 flex items-baseline gap-2 font-semibold">
            Body <Formats content={operation.body} />
          </h2>
          <Members content={operation.body} schemas={schemas} isAnswer={false} />
        </section>
      )}
      <section aria-label="Answer" className="grid gap-3">
        <h2 className="font-semibold">Answer</h2>
        {answers.map(({ status, description, content }) => (
          <div key={status}>
            <p className="flex flex-wrap items-baseline gap-2">
              <StatusPill status={status} /> {description}
              {content && <Formats content={content} />}
            </p>
            {content?.schema && (
              <div className="mt-2">
                <Members content={content} schemas={schemas} isAnswer />
              </div>
            )}
          </div>
        ))}
        <details className="group/refusals">
          <summary className="inline-flex list-none items-center gap-1 rounded font-medium text-accent hover:underline [&::-webkit-details-marker]:hidden">
            <ChevronRight size={14} aria-hidden className="transition-transform group-open/refusals:rotate-90" />
            Refusals
          </summary>
          <dl className="mt-3 grid grid-cols-[max-content_minmax(0,1fr)] gap-x-3 gap-y-2">
            {refusals.map(({ status, description }) => (
              <div key={status} className="contents">
                <dt>
                  <StatusPill status={status} />
                </dt>
                <dd>{description}</dd>
              </div>
            ))}
          </dl>
        </details>
      </section>
    </>
  )
}

function Formats({ content }: { content: Content }): ReactNode {
  return <span className="text-[0.8125rem] font-normal text-muted">{content.formats.map(formatWords).join(', ')}</span>
}

type MembersProps = { content: Content; schemas: Schemas; isAnswer: boolean }

function Members({ content, schemas, isAnswer }: MembersProps): ReactNode {
  const rows = content.schema ? memberRows(content.schema, schemas) : []
  if (rows.length === 0) return null
  return (
    <div className="panel px-4 py-1">
      <MemberTree rows={rows} isAnswer={isAnswer} />
    </div>
  )
}
