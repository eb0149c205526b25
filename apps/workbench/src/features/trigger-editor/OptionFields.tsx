import { ChevronRight } from 'lucide-react'
import type { ReactNode } from 'react'
import { SelectField, TextField } from '../../ui/Field.tsx'
import { secondsWords } from '../triggers/rule-words.ts'
import { InlineDuration } from './InlineField.tsx'
import { secondsOf } from './duration-field.ts'
import { optionsOf } from './trigger-form.ts'
import type { TriggerForm } from './trigger-form.ts'

type Props = {
  form: TriggerForm
  unit: string
  errorOf(field: string): string | undefined
  onChange(change: Partial<TriggerForm>): void
}

const FIELDS = ['name', 'mode', 'hysteresis', 'minInterval', 'rearm', 'late']

/** What most triggers leave as it is. Folded away, with a line that says what is not as usual. */
export function OptionFields({ form, unit, errorOf, onChange }: Props): ReactNode {
  const { hasHysteresis, hasMode } = optionsOf(form)
  const unusual = unusualWords(form, unit)
  const hasError = FIELDS.some((field) => errorOf(field) !== undefined)
  return (
    <details className="group border-t border-line pt-4" open={hasError || undefined}>
      <summary className="flex flex-wrap items-center gap-x-2 rounded font-medium">
        <ChevronRight size={16} aria-hidden className="-ml-0.5 text-muted transition-transform group-open:rotate-90" />
        Options
        {unusual !== '' && <span className="font-normal text-muted">{unusual}</span>}
      </summary>
      <div className="mt-4 grid items-start gap-4 sm:grid-cols-2 xl:grid-cols-3">
        <TextField
          label="Name"
          isOptional
          placeholder="Greenhouse too hot"
          value={form.name}
          error={errorOf('name')}
          onChange={(event) => onChange({ name: event.currentTarget.value })}
        />
        {hasMode && (
          <SelectField
            label="Fires"
            value={form.mode}
            hint={form.mode === 'level' ? 'Each value is a delivery: mind how many that are.' : undefined}
            onChange={(event) => onChange({ mode: event.currentTarget.value === 'level' ? 'level' : 'edge' })}
          >
            <option value="edge">Once, when the rule comes true</option>
            <option value="level">With every value while it is true</option>
          </SelectField>
        )}
        {hasMode && form.mode === 'edge' && (
          <SelectField
            label="After it fired"
            value={form.rearm}
            onChange={(event) => onChange({ rearm: event.currentTarget.value === 'manual' ? 'manual' : 'auto' })}
          >
            <option value="auto">Re-arm when the rule was false</option>
            <option value="manual">Wait until I arm it again</option>
          </SelectField>
        )}
        {hasHysteresis && (
          <TextField
            label={`Hysteresis${unit === '' ? '' : ` (${unit})`}`}
            isOptional
            inputMode="decimal"
            placeholder="0"
            hint="How far back a value must go before the rule can come true again."
            value={form.hysteresis}
            error={errorOf('hysteresis')}
            onChange={(event) => onChange({ hysteresis: event.currentTarget.value })}
          />
        )}
        <div className="grid content-start gap-1.5">
          <span aria-hidden className="font-medium">
            At most once every
          </span>
          <InlineDuration
            label="At most once every"
            value={form.minInterval}
            error={errorOf('minInterval')}
            onChange={(minInterval) => onChange({ minInterval })}
          />
        </div>
        <SelectField
          label="Late values"
          value={form.late}
          hint="Values that are older than the newest one when they arrive."
          onChange={(event) => onChange({ late: event.currentTarget.value === 'evaluate' ? 'evaluate' : 'ignore' })}
        >
          <option value="ignore">Ignore</option>
          <option value="evaluate">Evaluate when they arrive</option>
        </SelectField>
        {form.action.kind === 'http' && (
          <SelectField
            label="Body"
            value={form.action.format}
            onChange={(event) =>
              onChange({ action: { ...form.action, format: event.currentTarget.value === 'form' ? 'form' : 'json' } })
            }
          >
            <option value="json">JSON</option>
            <option value="form">Form with the field “body” (API v2)</option>
          </SelectField>
        )}
      </div>
    </details>
  )
}

/** `with every value · hysteresis 0.5 °C`: what differs from a plain trigger. */
function unusualWords(form: TriggerForm, unit: string): string {
  const { hasHysteresis, hasMode } = optionsOf(form)
  const minS = secondsOf(form.minInterval) ?? 0
  const hysteresis = form.hysteresis.trim()
  return [
    ...(form.name.trim() === '' ? [] : [`“${form.name.trim()}”`]),
    ...(hasMode && form.mode === 'level' ? ['with every value'] : []),
    ...(hasMode && form.mode === 'edge' && form.rearm === 'manual' ? ['armed by hand'] : []),
    ...(hasHysteresis && hysteresis !== '' ? [`hysteresis ${hysteresis} ${unit}`.trim()] : []),
    ...(minS > 0 ? [`at most every ${secondsWords(minS)}`] : []),
    ...(form.late === 'evaluate' ? ['late values too'] : []),
    ...(form.action.kind === 'http' && form.action.format === 'form' ? ['form body'] : []),
  ].join(' · ')
}
