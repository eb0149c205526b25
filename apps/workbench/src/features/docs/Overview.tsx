import { Link } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { CopyButton } from '../../ui/CopyButton.tsx'
import { SnippetTabs } from '../../ui/SnippetTabs.tsx'
import { useDocumentTitle } from '../../ui/useDocumentTitle.ts'
import { useMediaQuery } from '../../ui/useMediaQuery.ts'
import { findOperation } from './api-document.ts'
import type { Api } from './api-document.ts'
import { initialValues } from './example-parts.ts'
import { ExamplePicker } from './ExamplePicker.tsx'
import { operationSnippets } from './operation-snippets.ts'
import type { Examples } from './useExamples.ts'

type Props = {
  api: Api
  examples: Examples
  language: string | undefined
  onLanguage(language: string): void
}

/** What a reader needs first: how to write a value, and what holds for every operation. */
export function Overview({ api, examples, ...languages }: Props): ReactNode {
  const isNarrow = useMediaQuery('(max-width: 64rem)')
  useDocumentTitle('API documentation')
  const topics = (
    <div className="grid gap-4 md:grid-cols-2">
      <Topics api={api} />
    </div>
  )
  return (
    <article className="grid min-w-0 gap-5">
      <header>
        <h1 className="text-2xl font-semibold tracking-tight">API documentation</h1>
        <p className="mt-1 max-w-prose text-muted">
          API v2 of Xively (Cosm, Pachube), and what Sluice adds to it. Made by the server that you are looking at,
          version {api.version}; for programs it is{' '}
          <a href="/openapi.json" className="font-medium text-accent hover:underline">
            openapi.json
          </a>
          .
        </p>
      </header>
      <ExamplePicker examples={examples} />
      <FirstRequest api={api} examples={examples} {...languages} />
      {isNarrow ? (
        <details className="panel px-4 py-3">
          <summary className="font-medium">What holds for every operation</summary>
          <div className="pt-3">{topics}</div>
        </details>
      ) : (
        topics
      )}
    </article>
  )
}

/** Writing a value, as the shortest program that does something. */
function FirstRequest({ api, examples, language, onLanguage }: Props): ReactNode {
  const operation = findOperation(api, 'put_feeds_feedId')
  if (!operation) return null
  const { parts } = examples
  const values = initialValues(operation, parts)
  const snippets = operationSnippets({ operation, parts, values, format: 'json', schemas: api.schemas })
  return (
    <section aria-label="A first request" className="panel min-w-0 p-4">
      <div className="mb-2 flex flex-wrap items-baseline justify-between gap-x-4">
        <h2 className="font-semibold">A first request: write a value</h2>
        <Link to="/docs" search={true} hash={operation.id} className="font-medium text-accent hover:underline">
          All about it
        </Link>
      </div>
      <SnippetTabs label="Language" snippets={snippets} language={language} onLanguage={onLanguage} />
    </section>
  )
}

function Topics({ api }: { api: Api }): ReactNode {
  return (
    <>
      <Topic title="Address">
        <p className="flex items-center gap-1.5">
          <code className="min-w-0 font-mono text-[0.8125rem] break-all">{api.baseUrl}/v2</code>
          <CopyButton text={`${api.baseUrl}/v2`} what="the address" />
        </p>
        <p>
          Old devices find theirs, too: <Code>/v1</Code>, <Code>/api/v2</Code> and <Code>/api/504.xml</Code> lead to the
          same feeds.
        </p>
      </Topic>
      <Topic title="Who asks">
        <p>
          An API key in the header <Code>X-ApiKey</Code>, as <Code>Authorization: Bearer</Code>, as Basic user, or as{' '}
          <Code>?key=</Code> for those who can send no header.
        </p>
        <p>Give each device and each program a key of its own, with the least it needs.</p>
      </Topic>
      <Topic title="Formats">
        <p>
          The extension of an address decides: <Code>.json</Code>, <Code>.xml</Code>, <Code>.csv</Code>,{' '}
          <Code>.png</Code> for graphs. Without one it is <Code>Accept</Code>, then JSON.
        </p>
        <p>Values are texts and keep every digit that was sent. Times are UTC, with six digits of a second.</p>
      </Topic>
      <Topic title="Answers">
        <p>
          A 2xx comes after the values are on disk. A refusal is <Code>{'{"title", "errors"}'}</Code>, and its sentences
          name the member and the limit.
        </p>
        <p>
          With 503, and with 403 while a rate is used up, <Code>Retry-After</Code> says when to come back.
        </p>
      </Topic>
      <Topic title="Sending again">
        <p>
          A value with its time may be sent again: it is stored once. A POST with an <Code>Idempotency-Key</Code> is
          served once a day and answered alike.
        </p>
      </Topic>
      <Topic title="Live">
        <p>
          The same feeds over MQTT (<Code>/v2/feeds/ID.json</Code>, short <Code>sluice/ID/CHANNEL</Code>), as JSON
          messages over WebSocket and TCP, and on the WAMP bus (<Code>sluice.feed.ID.datapoints</Code>).
        </p>
      </Topic>
    </>
  )
}

function Topic({ title, children }: { title: string; children: ReactNode }): ReactNode {
  return (
    <section aria-label={title} className="panel grid content-start gap-2 p-4">
      <h2 className="font-semibold">{title}</h2>
      <div className="grid gap-2 text-muted">{children}</div>
    </section>
  )
}

function Code({ children }: { children: ReactNode }): ReactNode {
  return <code className="rounded bg-sunken px-1 font-mono text-[0.8125rem] text-text">{children}</code>
}
