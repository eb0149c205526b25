import type { BacktestLine, BacktestRequest, NewTriggerDocument, TraceDocument, TriggerDocument } from '@sluice/model'
import { ApiError } from './api-error.ts'
import { segment } from './http.ts'
import type { Http } from './http.ts'
import { lastSegment } from './location-header.ts'

export type BacktestOptions = {
  /** firings and progress as they come; `summary` or `error` is the last */
  onLine(line: BacktestLine): void
  signal?: AbortSignal
}

export type TriggersResource = {
  /** in order of creation */
  list(query?: { feedId?: number }): Promise<TriggerDocument[]>
  get(id: number): Promise<TriggerDocument>
  /** @returns the id of the new trigger. API v2's members are enough: a feed, a datastream, a type, a URL */
  create(trigger: NewTriggerDocument): Promise<number>
  /** What is not given stays. Another rule, or enabling it again, begins anew: what already holds does not fire. */
  update(id: number, trigger: NewTriggerDocument): Promise<void>
  /** What it fired and is not delivered yet is cancelled. */
  remove(id: number): Promise<void>
  /** Sends a message with the current value, marked as a test. @returns the id of the delivery */
  test(id: number): Promise<string>
  /** Lets it fire again, whatever its rule says now. */
  arm(id: number): Promise<void>
  /** Why each of the last values did or did not fire it, newest first. @param query.limit 100 unless told */
  trace(id: number, query?: { limit?: number }): Promise<TraceDocument[]>
  /**
   * What a rule would have done over stored values. Resolves after the last line.
   * @throws {ApiError} status 0 also when it was cancelled or the answer broke off
   */
  backtest(request: BacktestRequest, options: BacktestOptions): Promise<void>
}

export function triggersResource(http: Http): TriggersResource {
  const path = (id: number): string => `/v2/triggers/${segment(id)}`
  return {
    async list({ feedId } = {}) {
      const { document } = await http.request('GET', '/v2/triggers', { query: { feed_id: feedId, full: true } })
      return document as TriggerDocument[]
    },
    async get(id) {
      return (await http.request('GET', path(id), { query: { full: true } })).document as TriggerDocument
    },
    async create(trigger) {
      const { location } = await http.request('POST', '/v2/triggers', { body: trigger })
      return Number(lastSegment(location))
    },
    async update(id, trigger) {
      await http.request('PUT', path(id), { body: trigger })
    },
    async remove(id) {
      await http.request('DELETE', path(id))
    },
    async test(id) {
      const { document } = await http.request('POST', `${path(id)}/test`)
      return (document as { delivery_id: string }).delivery_id
    },
    async arm(id) {
      await http.request('POST', `${path(id)}/arm`)
    },
    async trace(id, { limit } = {}) {
      const { document } = await http.request('GET', `${path(id)}/trace`, { query: { limit } })
      return (document as { trace: TraceDocument[] }).trace
    },
    async backtest(request, { onLine, signal }) {
      let isComplete = false
      await http.lines('POST', '/v2/triggers/backtest', {
        body: request,
        signal,
        onLine(document) {
          const line = document as BacktestLine
          isComplete ||= 'summary' in line || 'error' in line
          onLine(line)
        },
      })
      if (!isComplete) throw new ApiError(0, 'Broken answer', ['The answer ended before the backtest did'])
    },
  }
}
