import { EventEmitter } from "node:events";
import type { Actor } from "@pult/api/actor.ts";
import { appCustomer } from "@pult/api/support/customer.ts";
import { describe, expect, it } from "vitest";
import { SocketsPerNetwork, SocketsPerUser } from "./socket-caps.ts";

const MOST = 3;

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
  it("closes a user's oldest socket when one too many opens, and no other user's", () => {
    const sockets = new SocketsPerUser(MOST);
    const other = open(sockets, appCustomer("other", null), 1);
    const mine = open(sockets, appCustomer("me", null), MOST + 2);
    expect(mine.map(({ closed }) => closed).slice(0, 3)).toEqual([1008, 1008, null]);
    expect(other[0]?.closed).toBeNull();
  });

  it("closes another one each time, however long closing takes", () => {
    const sockets = new SocketsPerUser(MOST);
    const closed: number[] = [];
    const slow = (name: number) => ({ once() {}, close: () => closed.push(name) });
    for (let at = 0; at < MOST + 3; at++) sockets.add(appCustomer("me", null), slow(at), 1008);
    expect(closed).toEqual([0, 1, 2]);
  });

  it("counts only open sockets", () => {
    const sockets = new SocketsPerUser(MOST);
    const first = open(sockets, appCustomer("me", null), MOST);
    for (const socket of first) socket.emit("close");
    const second = open(sockets, appCustomer("me", null), MOST);
    expect(second.every(({ closed }) => closed === null)).toBe(true);
  });

  it("does not count keys and unauthenticated sockets", () => {
    const sockets = new SocketsPerUser(MOST);
    const key: Actor = { kind: "apiKey", keyId: "k", name: "Key", scopes: ["*"] };
    const all = [...open(sockets, key, 100), ...open(sockets, { kind: "anonymous" }, 100)];
    expect(all.every(({ closed }) => closed === null)).toBe(true);
  });
});

it("SocketsPerNetwork limits open sockets of one network, by IPv4 address or IPv6 subscriber", () => {
  const sockets = new SocketsPerNetwork(2);
  const [first, second] = [new EventEmitter(), new EventEmitter()];
  const admit = (ip: string, socket = new EventEmitter()) => sockets.admit(ip, socket);
  expect([admit("2001:db8:1:2::1", first), admit("2001:db8:1:2::2", second), admit("2001:db8:1:2::3")]).toEqual([
    true,
    true,
    false,
  ]);
  expect([admit("2001:db8:1:3::1"), admit("192.0.2.1")]).toEqual([true, true]);
  first.emit("close");
  expect([admit("2001:db8:1:2::4"), admit("2001:db8:1:2::5")]).toEqual([true, false]);
});

it("SocketsPerNetwork of 0 limits nothing", () => {
  const sockets = new SocketsPerNetwork(0);
  expect(Array.from({ length: 1_000 }, () => sockets.admit("192.0.2.1", new EventEmitter()))).not.toContain(false);
});
