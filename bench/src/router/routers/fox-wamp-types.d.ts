declare module 'fox-wamp' {
  import type { ServerOptions, WebSocketServer } from 'ws'

  /** What the benchmark uses of its public interface, as its README has it. */
  class FoxRouter {
    listenWAMP(options: ServerOptions): WebSocketServer
  }
  export = FoxRouter
}
