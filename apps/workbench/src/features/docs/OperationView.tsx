import { ChevronLeft, Globe, KeyRound, UserRound } from 'lucide-react'
import { Link } from '@tanstack/react-router'
import { useEffect, useRef, useState } from 'react'
import type { ReactNode } from 'react'
import { CopyButton } from '../../ui/CopyButton.tsx'
import { useDocumentTitle } from '../../ui/useDocumentTitle.ts'
import { successOf } from './api-document.ts'
import type { DocFormat, Operation, Schemas } from './api-document.ts'
import { Documents } from './Documents.tsx'
import { bodyFormats } from './example-body.ts'
import { initialValues, missingValues } from './example-parts.ts'
import type { Values } from './example-parts.ts'
import { ExamplePicker } from './ExamplePicker.tsx'
import { MethodBadge } from './MethodBadge.tsx'
import { addressOf } from './operation-address.ts'
import { ParameterList } from './ParameterList.tsx'
import { RequestPane } from './RequestPane.tsx'
import { TryIt } from './TryIt.tsx'
import type { Examples } from './useExamples.ts'

type Props = {
  operation: Operation
  schemas: Schemas
  examples: Examples
  language: string | undefined
  onLanguage(language: string): void
}

const CALLERS = { anybody: Globe, key: KeyRound, owner: UserRound }

/** One operation: what it says of itself, and beside it the request, filled in and ready to run. */
export function OperationView({ operation, schemas, examples, language, onLanguage }: Props): ReactNode {
  const { id, method, path, title, more, who, caller, parameters } = operation
  const { parts, isSignedIn } = examples
  const [changed, setChanged] = useState<Values>({})
  const formats = formatsOf(operation)
  const [format, setFormat] = useState<DocFormat>(formats[0] ?? 'json')
  const heading = useRef<HTMLHeadingElement>(null)
  useDocumentTitle(title)
  useEffect(() => heading.current?.focus({ preventScroll: true }), [])
  const values = { ...initialValues(operation, parts), ...changed }
  const Caller = CALLERS[caller]
  // the one GET without a key gives a device its key: that is not done by looking
  const isTriable = method === 'GET' && caller !== 'anybody'
  return (
    <article
      id={id}
      className="grid scroll-mt-20 items-start gap-x-8 gap-y-6 wide:grid-cols-[minmax(0,1fr)_minmax(0,28rem)]"
    >
      <header className="min-w-0 wide:col-span-2">
        <Link
          to="/docs"
          search={true}
          className="mb-1 -ml-1 inline-flex items-center gap-0.5 rounded text-[0.8125rem] text-muted hover:text-text lg:hidden"
        >
          <ChevronLeft size={14} aria-hidden /> All operations
        </Link>
        <h1 ref={heading} tabIndex={-1} className="text-2xl font-semibold tracking-tight outline-none">
          {title}
        </h1>
        {more !== '' && <p className="mt-1 max-w-prose text-muted">{more}</p>}
        <p className="mt-3 flex items-start gap-2">
          <MethodBadge method={method} />
          <code className="min-w-0 py-0.5 font-mono text-[0.8125rem] break-all">{path}</code>
          <CopyButton text={path} what="the path" className="-my-0.5" />
        </p>
        <p className="mt-2 flex items-center gap-2 text-muted">
          <Caller size={15} aria-hidden className="shrink-0" /> {who}
        </p>
      </header>
      <div className="min-w-0 wide:col-span-2">
        <ExamplePicker examples={examples} />
      </div>
      <div className="grid min-w-0 gap-4 wide:sticky wide:top-20 wide:order-last wide:-mb-4 wide:max-h-[calc(100dvh-6rem)] wide:overflow-y-auto">
        <RequestPane
          {...{ operation, schemas, parts, values, formats, format, language, onLanguage }}
          onFormat={setFormat}
        />
        {isTriable && (
          <TryIt
            key={format}
            address={addressOf(operation, values, format)}
            missing={missingValues(operation, values).map(({ name }) => name)}
            isSignedIn={isSignedIn}
          />
        )}
      </div>
      <div className="grid min-w-0 gap-6">
        <ParameterList
          {...{ parameters, schemas, values }}
          onChange={(name, value) => setChanged({ ...changed, [name]: value })}
        />
        <Documents operation={operation} schemas={schemas} />
      </div>
    </article>
  )
}

/** Of the answer for what is read, of the body for what is written. */
function formatsOf(operation: Operation): DocFormat[] {
  if (operation.body) return bodyFormats(operation)
  return operation.method === 'GET' ? (successOf(operation)?.content?.formats ?? []) : []
}
