import type { TriggerDocument } from '@sluice/model'
import { Link, useNavigate } from '@tanstack/react-router'
import { ChevronLeft, Pause, Pencil, Play, RotateCcw, Send, Trash2 } from 'lucide-react'
import { useState } from 'react'
import type { ReactNode } from 'react'
import { Button, buttonClass } from '../../ui/Button.tsx'
import { Confirm } from '../../ui/Confirm.tsx'
import { TimeAgo } from '../../ui/TimeAgo.tsx'
import { errorWords } from '../../ui/error-words.ts'
import { showToast } from '../../ui/toasts.ts'
import { TriggerSentence } from './TriggerSentence.tsx'
import { TriggerStateBadge } from './TriggerStateBadge.tsx'
import { optionWords, triggerTitle } from './rule-words.ts'
import { TRIGGER_STATES, triggerState } from './trigger-state.ts'
import { useEndpoints, useTriggerAction } from './useTriggers.ts'
import type { TriggerAction } from './useTriggers.ts'

const DONE: Record<Exclude<TriggerAction, 'remove'>, string> = {
  pause: 'Paused: it looks at no value.',
  resume: 'Switched on. What holds already does not fire.',
  arm: 'Armed again.',
  test: 'Test sent.',
}

/** What it says, how it is, and everything that can be done to it. */
type Props = { trigger: TriggerDocument; onTested(deliveryId: string): void }

export function TriggerHeader({ trigger, onTested }: Props): ReactNode {
  const { endpointOf } = useEndpoints()
  const [isDeleting, setDeleting] = useState(false)
  const options = capitalized(optionWords(trigger))
  const action = useTriggerAction(trigger)
  const state = triggerState(trigger, endpointOf(trigger.endpoint_id))
  const run = (name: keyof typeof DONE): void =>
    action.mutate(name, {
      onSuccess(deliveryId) {
        showToast({ kind: 'ok', text: DONE[name] })
        if (deliveryId !== null) onTested(deliveryId)
      },
      onError: (error) => showToast({ kind: 'bad', text: errorWords(error).join(' ') }),
    })
  const isRunning = (name: TriggerAction): boolean => action.isPending && action.variables === name
  return (
    <header className="mb-5">
      <Link
        to="/triggers"
        search={{}}
        className="-ml-1 inline-flex items-center gap-0.5 rounded text-[0.8125rem] text-muted hover:text-text"
      >
        <ChevronLeft size={14} aria-hidden /> Triggers
      </Link>
      <div className="mt-1 flex flex-wrap items-start gap-x-6 gap-y-4">
        <div className="min-w-0 flex-1 basis-96">
          <h1 className="text-2xl font-semibold tracking-tight break-words">{triggerTitle(trigger)}</h1>
          <p className="mt-1.5 max-w-prose text-base">
            <TriggerSentence trigger={trigger} />
          </p>
          {options !== '' && <p className="mt-0.5 text-muted">{options}</p>}
          <p className="mt-2 flex flex-wrap items-baseline gap-x-4 gap-y-1">
            <TriggerStateBadge state={state} />
            <span className="text-muted">{TRIGGER_STATES[state].meaning}</span>
          </p>
          <p className="mt-0.5 text-muted">
            {trigger.notified_at === '' ? (
              'It never fired.'
            ) : (
              <>
                Fired {trigger.firings.toLocaleString()} {trigger.firings === 1 ? 'time' : 'times'},{' '}
                <TimeAgo at={trigger.notified_at} prefix="last " />
              </>
            )}
          </p>
        </div>
        <div className="flex flex-wrap gap-2">
          {trigger.enabled && !trigger.armed && (state === 'spent' || trigger.rearm === 'manual') && (
            <Button look="primary" isBusy={isRunning('arm')} onClick={() => run('arm')}>
              <RotateCcw size={15} aria-hidden /> Arm again
            </Button>
          )}
          <Button isBusy={isRunning('test')} onClick={() => run('test')}>
            <Send size={15} aria-hidden /> Send test
          </Button>
          <Button
            isBusy={isRunning('pause') || isRunning('resume')}
            onClick={() => run(trigger.enabled ? 'pause' : 'resume')}
          >
            {trigger.enabled ? <Pause size={15} aria-hidden /> : <Play size={15} aria-hidden />}
            {trigger.enabled ? 'Pause' : 'Switch on'}
          </Button>
          <Link
            to="/triggers/$triggerId/edit"
            params={{ triggerId: String(trigger.id) }}
            search={{}}
            className={buttonClass()}
          >
            <Pencil size={15} aria-hidden /> Edit
          </Link>
          <Button look="danger" onClick={() => setDeleting(true)}>
            <Trash2 size={15} aria-hidden /> Delete
          </Button>
        </div>
      </div>
      {isDeleting && <DeleteTrigger trigger={trigger} onClose={() => setDeleting(false)} />}
    </header>
  )
}

const capitalized = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1)

function DeleteTrigger({ trigger, onClose }: { trigger: TriggerDocument; onClose(): void }): ReactNode {
  const navigate = useNavigate()
  const { mutate, isPending, error } = useTriggerAction(trigger)
  const remove = (): void =>
    mutate('remove', {
      onSuccess: () => {
        showToast({ kind: 'ok', text: 'The trigger was deleted.' })
        void navigate({ to: '/triggers', search: {} })
      },
    })
  return (
    <Confirm
      title="Delete this trigger?"
      action="Delete trigger"
      isBusy={isPending}
      error={error}
      onConfirm={remove}
      onClose={onClose}
    >
      <p>
        Its rule and its trace are lost for good, and deliveries that still wait are cancelled. What was delivered stays
        in the log.
      </p>
      <p className="text-muted">To keep it and stop it from firing, pause it instead.</p>
    </Confirm>
  )
}
