import { type Actor, identityOf } from "@pult/api/actor.ts";

/** Open sockets a user may have on one door. @see the limits in `env.ts` */
export const SOCKETS_PER_USER = 20;

interface Closable {
  once(event: "close", listener: () => void): unknown;
  close(code: number, reason: string): void;
}

/** Keeps each user's newest sockets: one too many closes his oldest. API keys speak for servers and are not counted. */
export class SocketsPerUser {
  readonly #byUser = new Map<string, Set<Closable>>();

  add(actor: Actor, socket: Closable, closeCode: number): void {
    const user = identityOf(actor);
    if (user === null) return;
    const sockets = this.#byUser.get(user) ?? new Set();
    this.#byUser.set(user, sockets.add(socket));
    socket.once("close", () => {
      sockets.delete(socket);
      if (sockets.size === 0 && this.#byUser.get(user) === sockets) this.#byUser.delete(user);
    });
    if (sockets.size <= SOCKETS_PER_USER) return;
    const [oldest] = sockets;
    if (!oldest) return;
    // It may take its time to close, and is not to be chosen again meanwhile.
    sockets.delete(oldest);
    oldest.close(closeCode, "Too many connections");
  }
}
