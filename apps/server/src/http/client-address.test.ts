import type { IncomingMessage } from "node:http";
import { describe, expect, it } from "vitest";
import { clientAddress, networkOf } from "./client-address.ts";

const requestFrom = (remoteAddress: string, forwarded?: string): IncomingMessage =>
  ({ socket: { remoteAddress }, headers: forwarded ? { "x-forwarded-for": forwarded } : {} }) as IncomingMessage;

describe("clientAddress", () => {
  it("is the peer's, unless the peer is a trusted proxy", () => {
    expect(clientAddress(requestFrom("::ffff:192.0.2.1", "10.0.0.1"), [])).toBe("192.0.2.1");
    expect(clientAddress(requestFrom("192.0.2.1", "10.0.0.1"), ["192.0.2.9"])).toBe("192.0.2.1");
  });

  it("is what the last trusted proxy saw, not what the client wrote", () => {
    const trusted = ["192.0.2.9", "192.0.2.8"];
    expect(clientAddress(requestFrom("192.0.2.9", "1.1.1.1, 203.0.113.5, 192.0.2.8"), trusted)).toBe("203.0.113.5");
    expect(clientAddress(requestFrom("192.0.2.9"), trusted)).toBe("192.0.2.9");
  });

  it.each([
    ["203.0.113.5:40001", "203.0.113.5"],
    ["[2001:db8::5]:40001", "2001:db8::5"],
    ["[2001:db8::5]", "2001:db8::5"],
    ["::FFFF:203.0.113.5", "203.0.113.5"],
    ["192.0.2.9:443", "192.0.2.9"],
    ["unknown", "192.0.2.9"],
    ["203.0.113.5, unknown", "192.0.2.9"],
    ["203.0.113.5.evil:1", "192.0.2.9"],
  ])("reads %s as %s", (forwarded, address) => {
    expect(clientAddress(requestFrom("192.0.2.9", forwarded), ["192.0.2.9"])).toBe(address);
  });
});

it.each([
  ["192.0.2.1", "192.0.2.1"],
  ["2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"],
  ["2001:0DB8:0001:0002::1", "2001:db8:1:2::/64"],
  ["2001:db8:1:2::", "2001:db8:1:2::/64"],
  ["2001:db8::5", "2001:db8:0:0::/64"],
  ["::1", "0:0:0:0::/64"],
  ["fe80::1%eth0", "fe80:0:0:0::/64"],
  ["", ""],
])("networkOf %s is %s", (address, network) => {
  expect(networkOf(address)).toBe(network);
});
