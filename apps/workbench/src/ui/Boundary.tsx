import { Component } from 'react'
import type { ReactNode } from 'react'
import { ErrorNotice } from './ErrorNotice.tsx'

type Props = { what: string; children: ReactNode }

/** Keeps a part of a page that cannot be drawn (or whose code cannot be loaded) from taking the whole page with it. */
export class Boundary extends Component<Props, { error: unknown }> {
  override state = { error: null as unknown }

  static getDerivedStateFromError(error: unknown): { error: unknown } {
    return { error }
  }

  override render(): ReactNode {
    const { error } = this.state
    if (error === null) return this.props.children
    // a chunk that failed to load is not asked for again but by a new page
    return <ErrorNotice error={error} what={this.props.what} onRetry={() => location.reload()} />
  }
}
