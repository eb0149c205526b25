import { ERROR, WampError } from '../errors.ts'
import { type Invocation, type Registered, TYPE } from '../messages.ts'
import { type Dict, Payload } from '../payload.ts'
import {
  type InvocationDetails,
  type ProcedureHandler,
  type RegisterOptions,
  type Registration,
  Result,
} from './session.ts'
import type { Wire } from './subscriber.ts'

/** The callee role: runs procedures and answers their invocations. */
export class Callee {
  readonly #wire: Wire
  readonly #procedures = new Map<number, { readonly procedure: string; readonly handler: ProcedureHandler }>()

  constructor(wire: Wire) {
    this.#wire = wire
  }

  async register(procedure: string, handler: ProcedureHandler, options: RegisterOptions): Promise<Registration> {
    const id = await this.#wire.request(
      (request) => [TYPE.REGISTER, request, { ...options }, procedure],
      (answer) => {
        const [, , registration] = answer as Registered
        this.#procedures.set(registration, { procedure, handler })
        return registration
      },
    )
    return { id, unregister: () => this.#unregister(id) }
  }

  receive([, invocation, id, raw, payload]: Invocation): void {
    const registered = this.#procedures.get(id)
    if (!registered) return this.#fail(invocation, new WampError(ERROR.noSuchRegistration))
    const procedure = typeof raw['procedure'] === 'string' ? raw['procedure'] : registered.procedure
    try {
      const value = registered.handler(payload.args, payload.kwargs, { procedure, caller: callerOf(raw), raw })
      if (!isThenable(value)) return this.#answer(invocation, value)
      value.then(
        (result) => this.#answer(invocation, result),
        (error: unknown) => this.#fail(invocation, error),
      )
    } catch (error) {
      this.#fail(invocation, error)
    }
  }

  #answer(invocation: number, value: unknown): void {
    const result = value instanceof Result ? value : new Result(value === undefined ? [] : [value])
    try {
      this.#wire.send([TYPE.YIELD, invocation, {}, Payload.of(result.args, result.kwargs)])
    } catch (error) {
      this.#fail(invocation, error)
    }
  }

  /** What is not a WampError is a bug of the procedure: the caller learns that there was one, not which. */
  #fail(invocation: number, error: unknown): void {
    if (!(error instanceof WampError)) this.#wire.onError(error)
    const known = error instanceof WampError ? error : new WampError(ERROR.runtimeError)
    try {
      const payload = Payload.of(known.args, known.kwargs)
      this.#wire.send([TYPE.ERROR, TYPE.INVOCATION, invocation, {}, known.uri, payload])
    } catch (unencodable) {
      this.#wire.onError(unencodable)
      this.#wire.send([TYPE.ERROR, TYPE.INVOCATION, invocation, {}, known.uri, Payload.empty])
    }
  }

  async #unregister(id: number): Promise<void> {
    if (!this.#procedures.has(id)) return
    await this.#wire.request(
      (request) => [TYPE.UNREGISTER, request, id],
      () => this.#procedures.delete(id),
    )
  }
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function'
}

function callerOf(raw: Dict): InvocationDetails['caller'] {
  const { caller: session, caller_authid: authid, caller_authrole: authrole } = raw
  if (typeof session !== 'number' || typeof authid !== 'string' || typeof authrole !== 'string') return null
  return { session, authid, authrole }
}
