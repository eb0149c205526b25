import type { ButtonHTMLAttributes, ReactNode } from 'react'

type Look = 'primary' | 'plain' | 'quiet' | 'danger'

const BASE =
  'inline-flex items-center justify-center gap-1.5 rounded-lg font-medium whitespace-nowrap transition-colors select-none disabled:opacity-50 disabled:cursor-not-allowed'
const LOOKS: Record<Look, string> = {
  primary: 'bg-accent text-on-accent hover:bg-accent-hover',
  plain: 'border border-line bg-surface text-text hover:bg-sunken shadow-[0_1px_1px_var(--shadow)]',
  quiet: 'text-muted hover:bg-sunken hover:text-text',
  danger: 'border border-line bg-surface text-bad hover:bg-bad-soft',
}
const SIZES = { m: 'h-9 px-3.5', s: 'h-7 px-2.5 text-[0.8125rem]', icon: 'size-8' }

/** Classes of a button, for links that look like one. */
export const buttonClass = (look: Look = 'plain', size: keyof typeof SIZES = 'm'): string =>
  `${BASE} ${LOOKS[look]} ${SIZES[size]}`

type Props = ButtonHTMLAttributes<HTMLButtonElement> & {
  look?: Look
  size?: keyof typeof SIZES
  isBusy?: boolean
  children: ReactNode
}

export function Button({ look = 'plain', size = 'm', isBusy = false, className = '', ...rest }: Props): ReactNode {
  return (
    <button
      type="button"
      {...rest}
      disabled={rest.disabled === true || isBusy}
      aria-busy={isBusy || undefined}
      className={`${buttonClass(look, size)} ${className}`}
    />
  )
}
