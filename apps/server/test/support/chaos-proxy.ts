import { EventEmitter, once } from "node:events";
import { connect, createServer, type Socket } from "node:net";
import { listen } from "../../src/adapters/test-server.ts";

/**
 * What a line does to the bytes that pass in either direction. A black hole takes them and sends neither bytes nor FIN: both ends believe
 * in a connection that is none. What it holds back travels on when it is healed, as TCP would have it.
 */
export type Fault =
  | { kind: "pass" }
  | { kind: "delay"; ms: number }
  | { kind: "throttle"; bytesPerSecond: number }
  | { kind: "blackHole" };

/** One connection through the proxy. */
export interface ProxiedConnection {
  /** Replaces what the whole proxy does; null goes back to that. */
  inflict(fault: Fault | null): void;
  /** RST to both ends. */
  reset(): void;
  /** Lets half of the next bytes from the server pass, then RST to both ends: a frame is cut in its middle. */
  cutInFrame(): void;
}

/** A TCP proxy that misbehaves on demand. */
export interface ChaosProxy {
  readonly origin: string;
  readonly port: number;
  /** Those open now, oldest first. */
  readonly connections: readonly ProxiedConnection[];
  /** For all connections, present and to come. */
  inflict(fault: Fault): void;
  resetAll(): void;
  cutAllInFrame(): void;
  /** Where new connections go from now on; null refuses them. */
  target(port: number | null): void;
  close(): Promise<void>;
}

const PASS: Fault = { kind: "pass" };
/** Pieces of a throttled line, so that it flows and does not burst. */
const PIECE_BYTES = 1_024;

export async function openChaosProxy(port: number): Promise<ChaosProxy> {
  let target: number | null = port;
  let common = PASS;
  const changed = new EventEmitter().setMaxListeners(0);
  const open = new Set<Connection>();
  const server = createServer({ allowHalfOpen: true }, (near) => {
    if (target === null) {
      near.on("error", () => {});
      near.resetAndDestroy();
      return;
    }
    const connection = new Connection(near, target, { fault: () => common, changed });
    open.add(connection);
    connection.closed.then(() => open.delete(connection));
  });
  const ownPort = await listen(server);
  const resetAll = () => {
    for (const connection of open) connection.reset();
  };
  return {
    origin: `http://127.0.0.1:${ownPort}`,
    port: ownPort,
    get connections() {
      return [...open];
    },
    inflict(fault) {
      common = fault;
      changed.emit("changed");
    },
    resetAll,
    cutAllInFrame() {
      for (const connection of open) connection.cutInFrame();
    },
    target(next) {
      target = next;
    },
    async close() {
      const closed = new Promise((resolve) => server.close(resolve));
      resetAll();
      await closed;
    },
  };
}

interface Common {
  fault(): Fault;
  changed: EventEmitter;
}

class Connection implements ProxiedConnection {
  readonly closed: Promise<unknown>;
  readonly #ends: [near: Socket, far: Socket];
  readonly #common: Common;
  #own: Fault | null = null;
  #cutsNext = false;

  constructor(near: Socket, port: number, common: Common) {
    const far = connect({ port, host: "127.0.0.1", allowHalfOpen: true, noDelay: true });
    near.setNoDelay(true);
    this.#ends = [near, far];
    this.#common = common;
    this.closed = Promise.allSettled([this.#pump(near, far), this.#pump(far, near)]);
  }

  inflict(fault: Fault | null): void {
    this.#own = fault;
    this.#common.changed.emit("changed");
  }

  reset(): void {
    for (const end of this.#ends) end.resetAndDestroy();
    this.#common.changed.emit("changed");
  }

  cutInFrame(): void {
    this.#cutsNext = true;
  }

  get #fault(): Fault {
    return this.#own ?? this.#common.fault();
  }

  async #pump(from: Socket, to: Socket): Promise<void> {
    const ended = new AbortController();
    to.once("close", () => ended.abort());
    try {
      for await (const chunk of from.iterator({ destroyOnReturn: false })) await this.#forward(chunk, to, ended.signal);
      await this.#passage(0, ended.signal);
      to.end();
    } catch {
      await this.#passage(0, ended.signal);
      to.destroy();
    }
  }

  async #forward(chunk: Buffer, to: Socket, ended: AbortSignal): Promise<void> {
    for (let from = 0; from < chunk.length; ) {
      const size = this.#fault.kind === "throttle" ? PIECE_BYTES : chunk.length;
      const piece = chunk.subarray(from, from + size);
      await this.#passage(piece.length, ended);
      if (ended.aborted) return;
      if (this.#cutsNext && to === this.#ends[0]) {
        to.write(piece.subarray(0, Math.ceil(piece.length / 2)), () => this.reset());
        return;
      }
      if (!to.write(piece)) await once(to, "drain", { signal: ended });
      from += piece.length;
    }
  }

  /** Resolves when that many bytes may travel on, or there is nowhere to. */
  async #passage(bytes: number, ended: AbortSignal): Promise<void> {
    for (;;) {
      const fault = this.#fault;
      if (fault.kind === "pass" || ended.aborted) return;
      if (fault.kind === "delay") return wait(fault.ms, ended);
      if (fault.kind === "throttle") return wait((bytes / fault.bytesPerSecond) * 1_000, ended);
      await once(this.#common.changed, "changed", { signal: ended }).catch(() => {});
    }
  }
}

function wait(ms: number, ended: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(done, ms);
    function done(): void {
      clearTimeout(timer);
      ended.removeEventListener("abort", done);
      resolve();
    }
    ended.addEventListener("abort", done, { once: true });
  });
}
