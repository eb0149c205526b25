import type { RawAnswer } from '@sluice/sdk'
import { Play } from 'lucide-react'
import { useEffect, useRef } from 'react'
import type { ReactNode } from 'react'
import { Button } from '../../ui/Button.tsx'
import { CodeBlock } from '../../ui/CodeBlock.tsx'
import { ErrorText } from '../../ui/ErrorNotice.tsx'
import { sizeWords } from '../../ui/size-words.ts'
import { durationWords } from '../../ui/time-words.ts'
import { StatusPill } from '../requests/StatusPill.tsx'
import { answerText, shownHeaders } from './answer-text.ts'
import { SignInLink } from './ExamplePicker.tsx'
import { useTryIt } from './useTryIt.ts'

type Props = {
  /** path and query */
  address: string
  /** parameters without which there is nothing to ask for */
  missing: readonly string[]
  isSignedIn: boolean
}

/** Runs a GET as the signed-in owner and shows what came back. */
export function TryIt({ address, missing, isSignedIn }: Props): ReactNode {
  const { mutate, data, error, isPending } = useTryIt()
  return (
    <section aria-label="Try it" className="panel grid min-w-0 gap-3 p-4">
      <div className="flex flex-wrap items-center gap-3">
        <p className="min-w-0 flex-1 basis-40 text-[0.8125rem] text-muted">
          {!isSignedIn
            ? 'Runs here, as you, once you are signed in.'
            : missing.length > 0
              ? `Fill in ${missing.join(' and ')} to try it.`
              : 'Runs now, as you: no key is needed.'}
        </p>
        {isSignedIn ? (
          <Button look="primary" isBusy={isPending} disabled={missing.length > 0} onClick={() => mutate(address)}>
            <Play size={14} aria-hidden /> Try it
          </Button>
        ) : (
          <SignInLink />
        )}
      </div>
      <div role="status" className="grid min-w-0 gap-3 empty:hidden">
        {error !== null && <ErrorText error={error} />}
        {data && error === null && <AnswerView answer={data} />}
      </div>
    </section>
  )
}

function AnswerView({ answer }: { answer: RawAnswer }): ReactNode {
  const { status, headers, body, isCut, tookMs } = answer
  return (
    <>
      <p className="flex flex-wrap items-center gap-x-3 gap-y-1" data-answer-status={status}>
        <StatusPill status={status} />
        <span className="text-[0.8125rem] text-muted">
          {durationWords(tookMs)} · {sizeWords(body.length)}
          {isCut && ' read, there is more'}
        </span>
      </p>
      <dl className="grid grid-cols-[max-content_minmax(0,1fr)] gap-x-4 gap-y-0.5 font-mono text-xs">
        {shownHeaders(headers).map(([name, value]) => (
          <div key={name} className="contents">
            <dt className="text-muted">{name}</dt>
            <dd className="break-all">{value}</dd>
          </div>
        ))}
      </dl>
      <AnswerBody body={body} isCut={isCut} isPicture={headers.get('content-type') === 'image/png'} />
    </>
  )
}

function AnswerBody({ body, isCut, isPicture }: Pick<RawAnswer, 'body' | 'isCut'> & { isPicture: boolean }): ReactNode {
  if (body.length === 0) return <p className="text-muted">Empty body</p>
  if (isPicture && !isCut) return <Picture bytes={body} />
  return <CodeBlock code={answerText(body, { isCut })} label="Body of the answer" what="the answer" />
}

function Picture({ bytes }: { bytes: Uint8Array<ArrayBuffer> }): ReactNode {
  const image = useRef<HTMLImageElement>(null)
  useEffect(() => {
    const url = URL.createObjectURL(new Blob([bytes], { type: 'image/png' }))
    if (image.current) image.current.src = url
    return () => URL.revokeObjectURL(url)
  }, [bytes])
  return <img ref={image} alt="The graph that was answered" className="max-w-full rounded-lg border border-line" />
}
