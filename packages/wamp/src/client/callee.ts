import { ERROR, WampError } from '../errors.ts'
import { type Interrupt, type Invocation, type Registered, TYPE } from '../messages.ts'
import type { Dict, Payload } from '../payload.ts'
import { type ProcedureHandler, numberOf } from './handlers.ts'
import { RunningInvocation } from './invocation.ts'
import { type RegisterOptions, sentOptions } from './options.ts'
import type { Registration } from './session.ts'
import { tellRevoked } from './subscriber.ts'
import type { Wire } from './wire.ts'

interface Procedure {
  readonly procedure: string
  readonly handler: ProcedureHandler
  readonly options: RegisterOptions
}

/** Progressive calls that ended before their last part, which is still to come. */
const ENDED_MAX = 1000

/** The callee role: runs procedures and answers their invocations. */
export class Callee {
  readonly #wire: Wire
  readonly #procedures = new Map<number, Procedure>()
  readonly #running = new Map<number, RunningInvocation>()
  readonly #ended = new Set<number>()

  constructor(wire: Wire) {
    this.#wire = wire
  }

  async register(procedure: string, handler: ProcedureHandler, options: RegisterOptions): Promise<Registration> {
    const id = await this.#wire.request(
      TYPE.REGISTER,
      (request) => [TYPE.REGISTER, request, sentOptions(options), procedure],
      (answer) => {
        const [, , registration] = answer as Registered
        this.#procedures.set(registration, { procedure, handler, options })
        return registration
      },
    )
    return { id, unregister: () => this.#unregister(id) }
  }

  receive([, id, registration, raw, payload]: Invocation): void {
    const isLast = raw['progress'] !== true
    const running = this.#running.get(id)
    if (running) return this.#continue(running, payload, isLast)
    // the rest of a call that ended early
    if (this.#ended.size > 0 && this.#ended.has(id)) {
      if (isLast) this.#ended.delete(id)
      return
    }
    const registered = this.#procedures.get(registration)
    const procedure = typeof raw['procedure'] === 'string' ? raw['procedure'] : (registered?.procedure ?? '')
    const invocation = new RunningInvocation(this.#wire, id, { procedure, raw, options: registered?.options ?? {} })
    if (!registered) invocation.fail(new WampError(ERROR.noSuchRegistration))
    else if (!isLast && !invocation.input) invocation.fail(new WampError(ERROR.featureNotSupported, [NO_INPUT]))
    else this.#run(invocation, registered.handler, payload, isLast)
    if (invocation.hasEnded && !isLast) this.#remember(id)
  }

  /** Advanced Profile, "Call Canceling". The call may have been answered meanwhile. */
  interrupt([, id, options]: Interrupt): void {
    const reason = typeof options['reason'] === 'string' ? options['reason'] : ERROR.canceled
    this.#abort(id, new WampError(reason === ERROR.timeout ? ERROR.timeout : ERROR.canceled))
  }

  /** Advanced Profile, "Registration Revocation": UNREGISTERED for request 0. What runs goes on. */
  revoked(details: Dict): void {
    const id = numberOf(details, 'registration') ?? 0
    const registered = this.#procedures.get(id)
    if (!registered) return
    this.#procedures.delete(id)
    tellRevoked(this.#wire, registered.options.onRevoked, details)
  }

  /** The transport is gone: the callers were told that their callee is. */
  end(): void {
    const error = new WampError(ERROR.canceled)
    for (const invocation of this.#running.values()) {
      this.#finish(invocation)
      invocation.abort(error, false)
    }
  }

  #run(invocation: RunningInvocation, handler: ProcedureHandler, payload: Payload, isLast: boolean): void {
    const { args, kwargs } = payload
    if (invocation.input) invocation.take({ args, kwargs }, isLast, false)
    let value: unknown
    try {
      value = handler(args, kwargs, invocation)
    } catch (error) {
      return invocation.fail(error)
    }
    if (!isThenable(value)) return invocation.answer(value)
    this.#running.set(invocation.id, invocation)
    invocation.limit(() => this.#abort(invocation.id, new WampError(ERROR.timeout)))
    value.then(
      (result) => {
        this.#finish(invocation)
        invocation.answer(result)
      },
      (error: unknown) => {
        this.#finish(invocation)
        invocation.fail(error)
      },
    )
  }

  #continue(invocation: RunningInvocation, payload: Payload, isLast: boolean): void {
    const { args, kwargs } = payload
    if (!invocation.take({ args, kwargs }, isLast, payload.isEmpty))
      this.#abort(
        invocation.id,
        new WampError(ERROR.unavailable, ['the procedure does not keep up with the arguments']),
      )
  }

  /** A callee that said how many calls it works on at a time answers when it has stopped, and is free then. */
  #abort(id: number, error: WampError): void {
    const invocation = this.#running.get(id)
    if (!invocation) return
    if (!invocation.isCounted) this.#finish(invocation)
    invocation.abort(error, invocation.isCounted)
  }

  #finish(invocation: RunningInvocation): void {
    if (this.#running.delete(invocation.id) && invocation.input?.isComplete === false) this.#remember(invocation.id)
  }

  #remember(id: number): void {
    const [oldest] = this.#ended
    if (oldest !== undefined && this.#ended.size >= ENDED_MAX) this.#ended.delete(oldest)
    this.#ended.add(id)
  }

  async #unregister(id: number): Promise<void> {
    if (!this.#procedures.has(id)) return
    await this.#wire.request(
      TYPE.UNREGISTER,
      (request) => [TYPE.UNREGISTER, request, id],
      () => this.#procedures.delete(id),
    )
  }
}

const NO_INPUT = 'the procedure takes its arguments at once'

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function'
}
