import { EventEmitter } from "node:events";
import type { Actor } from "@pult/api/actor.ts";
import { appCustomer } from "@pult/api/support/customer.ts";
import { describe, expect, it } from "vitest";
import { SOCKETS_PER_USER, SocketsPerUser } from "./sockets-per-user.ts";

class Socket extends EventEmitter {
  closed: number | null = null;
  close(code: number): void {
    this.closed = code;
    this.emit("close");
  }
}

const open = (sockets: SocketsPerUser, actor: Actor, count: number) =>
  Array.from({ length: count }, () => {
    const socket = new Socket();
    sockets.add(actor, socket, 1008);
    return socket;
  });

describe("SocketsPerUser", () => {
  it("closes a user's oldest socket when one too many opens, and nobody else's", () => {
    const sockets = new SocketsPerUser();
    const other = open(sockets, appCustomer("other", null), 1);
    const mine = open(sockets, appCustomer("me", null), SOCKETS_PER_USER + 2);
    expect(mine.map(({ closed }) => closed).slice(0, 3)).toEqual([1008, 1008, null]);
    expect(other[0]?.closed).toBeNull();
  });

  it("closes another one each time, however long they take to close", () => {
    const sockets = new SocketsPerUser();
    const closed: number[] = [];
    const slow = (name: number) => ({ once() {}, close: () => closed.push(name) });
    for (let at = 0; at < SOCKETS_PER_USER + 3; at++) sockets.add(appCustomer("me", null), slow(at), 1008);
    expect(closed).toEqual([0, 1, 2]);
  });

  it("counts only what is open", () => {
    const sockets = new SocketsPerUser();
    const first = open(sockets, appCustomer("me", null), SOCKETS_PER_USER);
    for (const socket of first) socket.emit("close");
    const second = open(sockets, appCustomer("me", null), SOCKETS_PER_USER);
    expect(second.every(({ closed }) => closed === null)).toBe(true);
  });

  it("does not count keys and strangers", () => {
    const sockets = new SocketsPerUser();
    const key: Actor = { kind: "apiKey", keyId: "k", name: "Key", scopes: ["*"] };
    const all = [...open(sockets, key, 100), ...open(sockets, { kind: "anonymous" }, 100)];
    expect(all.every(({ closed }) => closed === null)).toBe(true);
  });
});
