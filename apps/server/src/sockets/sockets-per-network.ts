import { networkOf } from "../http/client-address.ts";

/** Open tRPC sockets of nobody that one network may have. @see the limits in `env.ts` */
export const ANONYMOUS_PER_NETWORK = 100;

interface Closable {
  once(event: "close", listener: () => void): unknown;
}

/** Counts open sockets by network, so that nobody without a name can hold all that a server has. */
export class SocketsPerNetwork {
  readonly #open = new Map<string, number>();
  readonly #most: number;

  /** @param most 0 for any number */
  constructor(most: number) {
    this.#most = most;
  }

  /** @returns whether there was room for it */
  admit(ip: string, socket: Closable): boolean {
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
