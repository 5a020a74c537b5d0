import { EventEmitter } from "node:events";
import { expect, it } from "vitest";
import { SocketsPerNetwork } from "./sockets-per-network.ts";

it("SocketsPerNetwork has room for so many of one network, by address or IPv6 subscriber, while they are open", () => {
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

it("SocketsPerNetwork of 0 has room for all", () => {
  const sockets = new SocketsPerNetwork(0);
  expect(Array.from({ length: 1_000 }, () => sockets.admit("192.0.2.1", new EventEmitter()))).not.toContain(false);
});
