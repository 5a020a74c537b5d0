import type { Actor } from "@pult/api/actor.ts";
import { identityOf } from "@pult/api/actor.ts";
import { networkOf } from "../http/client-address.ts";

interface Closable {
  once(event: "close", listener: () => void): unknown;
  close(code: number, reason: string): void;
}

/** Keeps each user's newest sockets: one too many closes the oldest. API keys speak for servers and are not counted. */
export class SocketsPerUser {
  readonly #byUser = new Map<string, Set<Closable>>();
  readonly #most: number;

  constructor(most: number) {
    this.#most = most;
  }

  add(actor: Actor, socket: Closable, closeCode: number): void {
    const user = identityOf(actor);
    if (user === null) return;
    const sockets = this.#byUser.get(user) ?? new Set();
    this.#byUser.set(user, sockets.add(socket));
    socket.once("close", () => {
      sockets.delete(socket);
      if (sockets.size === 0 && this.#byUser.get(user) === sockets) this.#byUser.delete(user);
    });
    if (sockets.size <= this.#most) return;
    const [oldest] = sockets;
    if (!oldest) return;
    // It may take its time to close, and must not be chosen again meanwhile.
    sockets.delete(oldest);
    oldest.close(closeCode, "Too many connections");
  }
}

/** Counts open unauthenticated sockets by network, so that no network can hold every socket that a server has. */
export class SocketsPerNetwork {
  readonly #open = new Map<string, number>();
  readonly #most: number;

  /** @param most 0 for any number */
  constructor(most: number) {
    this.#most = most;
  }

  /** @returns whether there was room for it */
  admit(ip: string, socket: Pick<Closable, "once">): boolean {
    if (this.#most === 0) return true;
    const network = networkOf(ip);
    const open = this.#open.get(network) ?? 0;
    if (open >= this.#most) return false;
    this.#open.set(network, open + 1);
    socket.once("close", () => {
      const left = (this.#open.get(network) ?? 0) - 1;
      if (left > 0) this.#open.set(network, left);
      else this.#open.delete(network);
    });
    return true;
  }
}
