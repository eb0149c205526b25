/**
 * What may become of a request. Everything but `served` changes nothing, shows nothing, and everything but `refused`
 * is answered like the same request about an id that nobody has.
 */
export type Verdict =
  | 'served'
  /** 403: the caller may know that it is there, and not do this */
  | 'refused'
  /** 403, whatever it is about */
  | 'barred'
  /** like what does not exist */
  | 'hidden'
  /** one of these three, by what else is in the request */
  | 'denied'
  /** 401 */
  | 'unknown'

export type Deed = 'get' | 'put' | 'post' | 'delete'
/** What is not mentioned is hidden. */
export type Rule = Partial<Record<Deed, Verdict>>

const DEEDS: readonly Deed[] = ['get', 'put', 'post', 'delete']

/** These deeds are served; what becomes of the others is said behind them. */
export function may(deeds: string, otherwise: Verdict = 'hidden'): Rule {
  const served = deeds.split(' ')
  return Object.fromEntries(DEEDS.map((deed) => [deed, served.includes(deed) ? 'served' : otherwise]))
}
export const all = may('get put post delete')
export const look = may('get', 'refused')
export const not = (verdict: Verdict): Rule => may('', verdict)
