import { DomainError } from "@pult/api/errors.ts";
import { describe, expect, it } from "vitest";
import { fetchPhotoUrl, type PhotoUrlOptions } from "./photo-url.ts";
import { startTestServer } from "./test-server.ts";

const MB = 1024 * 1024;

async function load(url: string, options: PhotoUrlOptions): Promise<{ size: number } | DomainError> {
  let size = 0;
  try {
    for await (const chunk of fetchPhotoUrl(url, options)) size += chunk.length;
  } catch (error) {
    if (error instanceof DomainError) return error;
    throw error;
  }
  return { size };
}

const at = (origin: string, extra: Partial<PhotoUrlOptions> = {}) => ({
  hosts: [new URL(origin).host],
  exemptOrigin: origin,
  ...extra,
});

describe("fetchPhotoUrl", () => {
  it("streams what an allowed host answers, up to exactly 10 MB", async () => {
    await using server = await startTestServer((_, response) => response.end(Buffer.alloc(10 * MB)));
    expect(await load(`${server.origin}/a.jpg`, at(server.origin))).toEqual({ size: 10 * MB });
  });

  it.each([
    ["announced", { "content-length": 10 * MB + 1 }],
    ["not announced", {}],
  ])("cuts one byte past 10 MB when %s", async (_, headers) => {
    await using server = await startTestServer((_request, response) => {
      response.writeHead(200, headers);
      response.end(Buffer.alloc(10 * MB + 1));
    });
    expect(await load(server.origin, at(server.origin))).toMatchObject({ code: "PAYLOAD_TOO_LARGE" });
  });

  it.each([
    ["plain http", "http://cdn.example/a.jpg", "https://"],
    ["another scheme", "file:///etc/passwd", "https://"],
    ["nonsense", "not an address", "not an address"],
    ["an overlong address", `https://cdn.example/${"a".repeat(3000)}`, "not an address"],
    ["a host outside the list", "https://evil.example/a.jpg", "not allowed"],
    ["a suffix of an allowed host", "https://cdn.example.evil.test/a.jpg", "not allowed"],
    ["another port", "https://cdn.example:8443/a.jpg", "not allowed"],
    ["an allowed name as user info", "https://cdn.example@evil.test/a.jpg", "not allowed"],
    ["credentials", "https://user:pw@cdn.example/a.jpg", "public address"],
  ])("refuses %s without connecting", async (_, url, words) => {
    const error = await load(url, { hosts: ["cdn.example"] });
    expect(error).toMatchObject({ code: "VALIDATION", message: expect.stringContaining(words) });
  });

  it.each(["localhost", "127.0.0.1", "[::ffff:127.0.0.1]", "0x7f.1"])("refuses %s even when listed", async (host) => {
    await using server = await startTestServer((_, response) => response.end("secret"));
    const { host: listed } = new URL(`https://${host}:${server.port}`);
    const error = await load(`https://${host}:${server.port}/a.jpg`, { hosts: [listed] });
    expect(error).toMatchObject({ code: "VALIDATION", message: "photo_url does not lead to a public address" });
    expect(server.connections()).toBe(0);
  });

  it("does not follow a redirect", async () => {
    await using server = await startTestServer((request, response) => {
      if (request.url === "/inside") return response.end("secret");
      response.writeHead(302, { location: "/inside" }).end();
    });
    expect(await load(`${server.origin}/a.jpg`, at(server.origin))).toMatchObject({
      message: "photo_url answered 302",
    });
  });

  it.each([
    ["a head that never comes", false],
    ["a body that never ends", true],
  ])("gives up on %s", async (_, headFirst) => {
    await using server = await startTestServer((_request, response) => {
      if (headFirst) response.write("x");
    });
    const error = await load(server.origin, at(server.origin, { timeoutMs: 100 }));
    expect(error).toMatchObject({ code: "VALIDATION", message: "photo_url could not be loaded" });
  });

  it("reports a cut body", async () => {
    await using server = await startTestServer((_, response) => {
      response.writeHead(200, { "content-length": 100 });
      response.write("x", () => response.destroy());
    });
    expect(await load(server.origin, at(server.origin))).toMatchObject({ message: "photo_url could not be loaded" });
  });
});
