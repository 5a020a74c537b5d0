import type { Actor } from "@pult/api/actor.ts";
import type { Deps } from "@pult/api/context.ts";
import type { Socket } from "socket.io";
import { CLOSE } from "../../sockets/close-codes.ts";
import { RightsWatch } from "../../sockets/rights-watch.ts";
import { SocketsPerUser } from "../../sockets/sockets-per-user.ts";

/** How long a connection of nobody may stand without a chat. */
export const JOIN_WITHIN_MS = 10_000;

const BEAT_MS = 1_000;

interface Guarded {
  actor: Actor;
  /** Asks again whose connection it is. @throws DomainError `UNAUTHORIZED` */
  identify(): Promise<Actor>;
  changed(actor: Actor): void;
  /** Whether he may be in every chat that he has joined. */
  mayStay(actor: Actor): boolean;
  /** Whether he has joined any. */
  isIn(): boolean;
}

/** The limits of a socket on /trpc, for connections of Socket.IO, which know no close codes: they are disconnected. */
export class SocketGuards {
  readonly #perUser = new SocketsPerUser();
  readonly #rights: RightsWatch;
  readonly #heart: NodeJS.Timeout;
  readonly #joinWithinMs: number;

  constructor({ bus, log }: Pick<Deps, "bus" | "log">, joinWithinMs = JOIN_WITHIN_MS) {
    this.#joinWithinMs = joinWithinMs;
    this.#rights = new RightsWatch(bus, (error) => log.error({ err: error }, "A support socket could not be checked"));
    this.#heart = setInterval(() => this.#rights.beat(Date.now()), BEAT_MS).unref();
  }

  watch(socket: Socket, { actor, identify, changed, mayStay, isIn }: Guarded): void {
    const gate = {
      get readyState() {
        return socket.connected ? 1 : 3;
      },
      views: [{ mayRead: mayStay }],
      close: () => void socket.disconnect(true),
      once: (_event: "close", listener: () => void) => socket.once("disconnect", listener),
    };
    this.#perUser.add(actor, gate, CLOSE.policy);
    this.#rights.watch({ gate, actor, identify, changed });
    if (actor.kind !== "anonymous") return;
    const patience = setTimeout(() => {
      if (!isIn()) gate.close();
    }, this.#joinWithinMs).unref();
    socket.once("disconnect", () => clearTimeout(patience));
  }

  close(): void {
    clearInterval(this.#heart);
    this.#rights.close();
  }
}
