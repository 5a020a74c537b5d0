import { isIP } from "node:net";
import { describe, expect, it } from "vitest";
import { createGuardedLookup, guardedLookup, isPublicAddress, PrivateAddressError } from "./private-addresses.ts";

const PUBLIC = [
  "1.1.1.1",
  "8.8.8.8",
  "100.63.255.255",
  "100.128.0.0",
  "172.15.0.1",
  "172.32.0.1",
  "192.0.1.1",
  "223.255.255.255",
  "2606:4700:4700::1111",
  "2a00:1450:4001::8a",
];
const NOT_PUBLIC = [
  "0.0.0.0",
  "10.1.2.3",
  "100.64.0.1",
  "100.127.255.255",
  "127.0.0.1",
  "127.255.255.254",
  "169.254.169.254",
  "172.16.0.1",
  "172.31.255.255",
  "192.0.0.1",
  "192.0.2.1",
  "192.88.99.1",
  "192.168.1.1",
  "198.18.0.1",
  "198.19.255.255",
  "198.51.100.1",
  "203.0.113.1",
  "224.0.0.1",
  "239.1.1.1",
  "240.0.0.1",
  "255.255.255.255",
  "::",
  "::1",
  "::ffff:8.8.8.8",
  "::ffff:127.0.0.1",
  "::ffff:7f00:1",
  "::127.0.0.1",
  "64:ff9b::7f00:1",
  "64:ff9b:1::1",
  "100::1",
  "2001::1",
  "2001:db8::1",
  "2002:7f00:1::",
  "3fff::1",
  "fc00::1",
  "fd12::1",
  "fe80::1",
  "fe80::1%eth0",
  "fec0::1",
  "ff02::1",
];
const NOT_ADDRESSES = [
  "",
  "localhost",
  "example.com",
  "1.1.1",
  "0x7f000001",
  "2130706433",
  "[::1]",
  "1.1.1.1 ",
  "1.1.1.1%0",
  "::1%lo",
];

describe("isPublicAddress", () => {
  it.each(PUBLIC)("allows %s", (ip) => expect(isPublicAddress(ip)).toBe(true));
  it.each(NOT_PUBLIC)("refuses %s", (ip) => expect(isPublicAddress(ip)).toBe(false));
  it.each(NOT_ADDRESSES)("refuses what is no address: %j", (ip) => expect(isPublicAddress(ip)).toBe(false));
});

describe("guardedLookup", () => {
  const look = (name: string, all: boolean) =>
    new Promise((resolve) => guardedLookup(name, { all }, (error, found) => resolve(error ?? found)));

  it.each([true, false])("refuses a name that resolves inside (all: %s)", async (all) => {
    expect(await look("localhost", all)).toBeInstanceOf(PrivateAddressError);
  });

  it("passes a public address on in both shapes", async () => {
    expect(await look("1.1.1.1", false)).toBe("1.1.1.1");
    expect(await look("1.1.1.1", true)).toEqual([{ address: "1.1.1.1", family: 4 }]);
  });

  it.each([
    ["the first of two", ["127.0.0.1", "1.1.1.1"]],
    ["the second of two", ["1.1.1.1", "::1"]],
  ])("refuses a name when %s addresses is not public", async (_, addresses) => {
    const found = addresses.map((address) => ({ address, family: isIP(address) }));
    const guarded = createGuardedLookup((_name, _options, callback) => callback(null, found));
    const answer = new Promise((resolve) => guarded("mixed.example", { all: true }, resolve));
    expect(await answer).toBeInstanceOf(PrivateAddressError);
  });

  it("reports a name that does not exist as such", async () => {
    const error = await look("no-such-host.invalid", true);
    expect(error).toBeInstanceOf(Error);
    expect(error).not.toBeInstanceOf(PrivateAddressError);
  });
});
