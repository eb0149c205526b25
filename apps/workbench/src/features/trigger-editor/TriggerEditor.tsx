import { ApiError } from '@sluice/sdk'
import { Link, useNavigate } from '@tanstack/react-router'
import { Plus } from 'lucide-react'
import { useRef, useState } from 'react'
import type { ReactNode } from 'react'
import { LIMITS } from '@sluice/model'
import { Button, buttonClass } from '../../ui/Button.tsx'
import { ErrorText } from '../../ui/ErrorNotice.tsx'
import { showToast } from '../../ui/toasts.ts'
import { unitWords } from '../channels/unit-words.ts'
import { useFeed } from '../device/useDevice.ts'
import { useFeedNames } from '../triggers/useFeedNames.ts'
import { useSaveTrigger } from '../triggers/useTriggers.ts'
import { ActionFields } from './ActionFields.tsx'
import { ConditionFields } from './ConditionFields.tsx'
import { FeedField } from './FeedField.tsx'
import { InlineDuration, InlineSelect } from './InlineField.tsx'
import { OptionFields } from './OptionFields.tsx'
import { PreviewPanel } from './PreviewPanel.tsx'
import type { EditorSearch, SearchChange } from './preview-search.ts'
import { serverErrors } from './server-errors.ts'
import { triggerErrors } from './trigger-errors.ts'
import type { TriggerErrors } from './trigger-errors.ts'
import { isCombinable, newCondition, optionsOf, triggerDocument } from './trigger-form.ts'
import type { ConditionForm, TriggerForm } from './trigger-form.ts'

type Props = {
  /** null for a new one */
  triggerId: number | null
  initial: TriggerForm
  search: EditorSearch
  onSearch(change: SearchChange): void
}

/** A trigger as a sentence to fill in, and beside it what the rule would have done. Enter saves. */
export function TriggerEditor({ triggerId, initial, search, onSearch }: Props): ReactNode {
  const [form, setForm] = useState(initial)
  const [isTried, setTried] = useState(false)
  const formNode = useRef<HTMLFormElement>(null)
  const navigate = useNavigate()
  const { mutate, isPending, error, reset } = useSaveTrigger(triggerId)
  const feedId = /^\d+$/.test(form.feedId) ? Number(form.feedId) : undefined
  const { data: feed } = useFeed(feedId)
  const streams = feed === undefined ? undefined : (feed.datastreams ?? [])
  const refused =
    error instanceof ApiError && error.status === 422
      ? serverErrors(
          error.errors,
          form.conditions.map(({ streamId }) => streamId),
        )
      : {}
  const errors: TriggerErrors = isTried ? { ...refused, ...triggerErrors(form) } : refused
  const change = (next: Partial<TriggerForm>): void => {
    if (error !== null) reset()
    setForm((before) => ({ ...before, ...next }))
  }
  const changeCondition = (index: number, next: Partial<ConditionForm>): void =>
    change({
      conditions: form.conditions.map((condition, at) => (at === index ? { ...condition, ...next } : condition)),
    })
  const save = (): void => {
    setTried(true)
    if (Object.keys(triggerErrors(form)).length > 0) {
      requestAnimationFrame(() => formNode.current?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus())
      return
    }
    mutate(triggerDocument(form), {
      onSuccess(id) {
        showToast({ kind: 'ok', text: triggerId === null ? 'The trigger is armed.' : 'The trigger was saved.' })
        void navigate({ to: '/triggers/$triggerId', params: { triggerId: String(id) }, search: {} })
      },
    })
  }
  const unit = unitWords(streams?.find(({ id }) => id === form.conditions[0]?.streamId)?.unit)
  return (
    <div className="grid grid-cols-1 gap-5">
      <form
        ref={formNode}
        noValidate
        aria-label="Trigger"
        className="panel grid gap-5 p-4 sm:p-6"
        onSubmit={(event) => {
          event.preventDefault()
          save()
        }}
      >
        <Sentence {...{ form, streams, errors, change, changeCondition }} />
        <OptionFields form={form} unit={unit} errorOf={(field) => errors[field]} onChange={change} />
        {error !== null && errors['form'] !== undefined && (
          <p role="alert" className="rounded-lg bg-bad-soft px-3 py-2 text-bad">
            {errors['form']}
          </p>
        )}
        {!(error instanceof ApiError && error.status === 422) && <ErrorText error={error} />}
        <div className="flex flex-wrap gap-2">
          <Button look="primary" type="submit" isBusy={isPending}>
            {triggerId === null ? 'Save and arm' : 'Save'}
          </Button>
          {triggerId === null ? (
            <Link to="/triggers" search={{}} className={buttonClass()}>
              Cancel
            </Link>
          ) : (
            <Link
              to="/triggers/$triggerId"
              params={{ triggerId: String(triggerId) }}
              search={{}}
              className={buttonClass()}
            >
              Cancel
            </Link>
          )}
        </div>
      </form>
      <PreviewPanel
        form={form}
        streams={streams}
        search={search}
        onSearch={onSearch}
        onLine={(line, value) => changeCondition(line.index, { [line.field]: value })}
      />
    </div>
  )
}

type SentenceProps = {
  form: TriggerForm
  streams: Parameters<typeof ConditionFields>[0]['streams']
  errors: TriggerErrors
  change(next: Partial<TriggerForm>): void
  changeCondition(index: number, next: Partial<ConditionForm>): void
}

const LINE = 'flex flex-wrap items-start gap-x-2 gap-y-2 leading-9'

/** `When … of … is above … for …, then …` */
function Sentence({ form, streams, errors, change, changeCondition }: SentenceProps): ReactNode {
  const { devices } = useFeedNames()
  const { hasDuration } = optionsOf(form)
  const { conditions } = form
  const canHaveMore =
    conditions.every(({ type }) => isCombinable(type)) && conditions.length < LIMITS.conditionsPerRuleMax
  const chooseFeed = (feedId: string): void =>
    change({ feedId, conditions: conditions.map((condition) => ({ ...condition, streamId: '' })) })
  return (
    <div className="grid gap-3 text-base">
      {conditions.map((condition, index) => (
        <div key={condition.key} className={LINE}>
          {index === 0 ? (
            <span>When</span>
          ) : (
            <InlineSelect
              label={`How condition ${index + 1} is joined`}
              value={form.match}
              onChange={(event) => change({ match: event.currentTarget.value === 'any' ? 'any' : 'all' })}
            >
              <option value="all">and</option>
              <option value="any">or</option>
            </InlineSelect>
          )}
          <ConditionFields
            condition={condition}
            index={index}
            streams={streams}
            isOneOfMany={conditions.length > 1}
            errorOf={(field) => errors[`conditions.${index}.${field}`]}
            onChange={(next) => changeCondition(index, next)}
            onRemove={() => change({ conditions: conditions.filter((_, at) => at !== index) })}
          >
            {index === 0 && (
              <>
                <span>of</span>
                <FeedField
                  label="Device"
                  devices={devices}
                  feedId={form.feedId}
                  allowsOthers
                  error={errors['feedId']}
                  onChange={chooseFeed}
                />
              </>
            )}
          </ConditionFields>
          {index === conditions.length - 1 && hasDuration && (
            <>
              <span>for</span>
              <InlineDuration
                label="How long it has to hold"
                value={form.for}
                error={errors['for']}
                onChange={(next) => change({ for: next })}
              />
            </>
          )}
        </div>
      ))}
      {canHaveMore && (
        <div>
          <Button
            size="s"
            look="quiet"
            className="-ml-2.5"
            onClick={() => change({ conditions: [...conditions, newCondition(conditions[0]?.streamId ?? '')] })}
          >
            <Plus size={14} aria-hidden /> Add condition
          </Button>
        </div>
      )}
      <div className={LINE}>
        <span>then</span>
        <ActionFields
          action={form.action}
          devices={devices}
          errorOf={(field) => errors[`action.${field}`]}
          onChange={(next) => change({ action: { ...form.action, ...next } })}
        />
      </div>
    </div>
  )
}
