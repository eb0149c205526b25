import type { ReactNode } from 'react'
import type { Parameter, Schemas } from './api-document.ts'
import { choices, noteWords, typeWords } from './member-rows.ts'
import { Prose } from './Prose.tsx'
import type { Values } from './example-parts.ts'

type Props = {
  parameters: readonly Parameter[]
  schemas: Schemas
  values: Values
  onChange(name: string, value: string): void
}

const PLACES = [
  { place: 'path', title: 'In the address' },
  { place: 'query', title: 'In the query' },
  { place: 'header', title: 'Headers' },
] as const

/** Parameters with what they mean, and fields that fill in the example beside them. */
export function ParameterList({ parameters, schemas, values, onChange }: Props): ReactNode {
  return PLACES.map(({ place, title }) => {
    const here = parameters.filter((parameter) => parameter.place === place)
    if (here.length === 0) return null
    return (
      <section key={place} aria-label={title}>
        <h2 className="mb-2 font-semibold">{title}</h2>
        <ul className="panel divide-y divide-line">
          {here.map((parameter) => (
            <li key={parameter.name} className="grid gap-x-4 gap-y-2 px-4 py-3 sm:grid-cols-[minmax(0,1fr)_12rem]">
              <ParameterWords parameter={parameter} schemas={schemas} />
              <ParameterField
                parameter={parameter}
                schemas={schemas}
                value={values[parameter.name] ?? ''}
                onChange={(value) => onChange(parameter.name, value)}
              />
            </li>
          ))}
        </ul>
      </section>
    )
  })
}

function ParameterWords({ parameter, schemas }: { parameter: Parameter; schemas: Schemas }): ReactNode {
  const { name, description, isRequired, place, schema } = parameter
  // what there is to pick from stands in the field
  const notes = noteWords(schema, schemas).filter((note) => !note.startsWith('one of '))
  return (
    <div className="min-w-0">
      <p className="flex flex-wrap items-baseline gap-x-2">
        <code className="font-mono text-[0.8125rem] font-semibold break-all">{name}</code>
        <span className="text-[0.8125rem] text-muted">{[typeWords(schema, schemas), ...notes].join(' · ')}</span>
        {isRequired && place !== 'path' && <span className="text-xs font-medium text-warn">required</span>}
      </p>
      {description !== name && (
        <p className="mt-0.5 text-[0.8125rem] text-muted">
          <Prose text={description} />
        </p>
      )}
    </div>
  )
}

type FieldProps = { parameter: Parameter; schemas: Schemas; value: string; onChange(value: string): void }

function ParameterField({ parameter: { name, place, schema }, schemas, value, onChange }: FieldProps): ReactNode {
  const options = schema.type === 'boolean' ? ['true', 'false'] : choices(schema, schemas)
  const wires = {
    'aria-label': name,
    value,
    onChange: (event: { currentTarget: { value: string } }) => onChange(event.currentTarget.value),
    className: 'input self-start py-1 text-[0.8125rem] sm:h-8',
  }
  if (options.length > 0) {
    return (
      <select {...wires}>
        <option value="">–</option>
        {options.map((option) => (
          <option key={option}>{option}</option>
        ))}
      </select>
    )
  }
  const example = schema.examples?.[0] ?? schema.default
  return (
    <input
      {...wires}
      autoComplete="off"
      spellCheck={false}
      inputMode={schema.type === 'integer' ? 'numeric' : undefined}
      placeholder={
        place !== 'path' && (typeof example === 'string' || typeof example === 'number') ? String(example) : ''
      }
    />
  )
}
