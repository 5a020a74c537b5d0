import { openRawSocket, type RawSocket } from "../raw-socket.ts";
import { percentiles } from "../setup.ts";

/** Users of the Mini App as a process of its own: each counts how often it is told what, by name. */
export type Order =
  | { do: "open"; port: number; sockets: number }
  /** Resolves when each socket has been told all of these, and has said so by a ping. */
  | { do: "await"; names: string[] }
  | { do: "cut" }
  | { do: "return"; names: string[] };

export interface Returned {
  /** Milliseconds from the first attempt until the last one was told everything. */
  backMs: number;
  /** From a user's own attempt until it was told everything. */
  p50: number;
  p99: number;
  lost: number;
  twice: number;
}

/** Handshakes under way: fewer than connections that a server lets wait. */
const AT_ONCE = 400;
/** After the last one is back: what comes twice would come by then. */
const SETTLE_MS = 3_000;
const NAME = /"name":"([^"]+)"/;
let port = 0;
let users: User[] = [];

class User {
  readonly #path: string;
  #socket: RawSocket | null = null;
  #told = new Map<string, number>();
  #awaited: { names: Set<string>; resolve(): void } | null = null;

  constructor(id: number) {
    this.#path = `/ws?user_id=${id}`;
  }

  async open(): Promise<void> {
    let isCut = false;
    const socket = await openRawSocket({
      port,
      path: this.#path,
      onMessage: (payload) => !isCut && this.#hear(payload),
    });
    this.#socket = {
      ...socket,
      cut() {
        isCut = true;
        socket.cut();
      },
    };
  }

  cut(): void {
    this.#socket?.cut();
    this.#told = new Map();
  }

  hearAll(names: readonly string[]): Promise<void> {
    return new Promise((resolve) => {
      this.#awaited = { names: new Set(names.filter((name) => !this.#told.has(name))), resolve };
      this.#check();
    });
  }

  ping(): void {
    this.#socket?.send('{"type":"ping"}');
  }

  /** How many of these were not told, and how often any was told again. */
  faults(names: readonly string[]): { lost: number; twice: number } {
    const counts = [...this.#told.values()];
    return {
      lost: names.filter((name) => !this.#told.has(name)).length,
      twice: counts.reduce((sum, count) => sum + count - 1, 0) + counts.length - names.length,
    };
  }

  #hear(payload: Buffer): void {
    if (payload.indexOf('"live_out"') < 0) return;
    const name = NAME.exec(payload.toString("latin1"))?.[1] ?? "";
    this.#told.set(name, (this.#told.get(name) ?? 0) + 1);
    this.#awaited?.names.delete(name);
    this.#check();
  }

  #check(): void {
    if (this.#awaited?.names.size !== 0) return;
    this.#awaited.resolve();
    this.#awaited = null;
  }
}

process.on("message", (order: Order) => void obey(order).then((answer) => process.send?.(answer)));
process.once("disconnect", () => process.exit(0));

async function obey(order: Order): Promise<object> {
  if (order.do === "open") {
    port = order.port;
    users = Array.from({ length: order.sockets }, (_, at) => new User(at + 1));
    await each((user) => user.open());
  } else if (order.do === "await") {
    await Promise.all(users.map((user) => user.hearAll(order.names)));
    for (const user of users) user.ping();
  } else if (order.do === "cut") for (const user of users) user.cut();
  else return comeBack(order.names);
  return { done: order.do };
}

async function comeBack(names: readonly string[]): Promise<Returned> {
  const delays: number[] = [];
  const startedAt = performance.now();
  const told: Promise<unknown>[] = [];
  await each(async (user) => {
    const begunAt = performance.now();
    await user.open();
    told.push(user.hearAll(names).then(() => delays.push(performance.now() - begunAt)));
  });
  await Promise.all(told);
  const backMs = performance.now() - startedAt;
  await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
  const [p50 = 0, p99 = 0] = percentiles(delays, [0.5, 0.99]);
  const faults = users.map((user) => user.faults(names));
  const sum = (of: "lost" | "twice") => faults.reduce((all, one) => all + one[of], 0);
  return { backMs, p50, p99, lost: sum("lost"), twice: sum("twice") };
}

async function each(run: (user: User) => Promise<void>): Promise<void> {
  const waiting = users.toReversed();
  const worker = async () => {
    for (let user = waiting.pop(); user; user = waiting.pop()) await run(user);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
}
