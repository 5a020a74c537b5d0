/** A WebSocket that can be given up at once, without waiting for a peer that may no longer be there. */
export interface WatchedSocket extends WebSocket {
  /** Asks for a sign of life; the answer goes to `SocketHooks.answered`, and to no other listener. */
  ask(): void;
  /** Reports the end to every listener, now, and drops the connection. */
  cut(): void;
}

export interface SocketHooks {
  made(socket: WatchedSocket): void;
  opened(socket: WatchedSocket): void;
  heard(socket: WatchedSocket, data: unknown): void;
  answered(socket: WatchedSocket): void;
  closing(socket: WatchedSocket): void;
  closed(socket: WatchedSocket): void;
}

const EVENTS = ["open", "message", "error", "close"] as const;

/** The runtime's own WebSocket with what `WatchedSocket` adds, for anything that takes a WebSocket class. */
export function createSocketClass(Base: typeof WebSocket, hooks: SocketHooks): typeof WebSocket {
  return class extends Base implements WatchedSocket {
    #isCut = false;
    /** Who sent each "PING" that is still unanswered: answers come in order. */
    readonly #asked: ("line" | "user")[] = [];

    constructor(...args: ConstructorParameters<typeof WebSocket>) {
      super(...args);
      // First among the listeners, so that it decides what the others get to hear.
      for (const type of EVENTS) this.addEventListener(type, (event: Event) => this.#hear(event));
      hooks.made(this);
    }

    override send(data: Parameters<WebSocket["send"]>[0]): void {
      if (data === "PING") this.#asked.push("user");
      super.send(data);
    }

    override close(...args: Parameters<WebSocket["close"]>): void {
      super.close(...args);
      hooks.closing(this);
    }

    ask(): void {
      this.#asked.push("line");
      super.send("PING");
    }

    cut(): void {
      if (this.#isCut || this.readyState === Base.CLOSED) return;
      const wasConnecting = this.readyState === Base.CONNECTING;
      this.#isCut = true;
      super.close();
      Object.defineProperty(this, "readyState", { value: Base.CLOSED });
      if (wasConnecting) this.dispatchEvent(new Farewell("error"));
      this.dispatchEvent(new Farewell("close"));
    }

    #hear(event: Event): void {
      if (this.#isCut && !(event instanceof Farewell)) event.stopImmediatePropagation();
      else if (event.type === "open") hooks.opened(this);
      else if (event.type === "close") hooks.closed(this);
      else if (event.type === "message") this.#hearMessage(event as MessageEvent);
    }

    #hearMessage(event: MessageEvent): void {
      hooks.heard(this, event.data);
      if (event.data !== "PONG" || this.#asked.shift() !== "line") return;
      event.stopImmediatePropagation();
      hooks.answered(this);
    }
  };
}

/** The end as we report it ourselves. */
class Farewell extends Event {}
