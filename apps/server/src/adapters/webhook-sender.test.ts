import type { ServerResponse } from "node:http";
import { buffer } from "node:stream/consumers";
import { describe, expect, it } from "vitest";
import type { ResolveAll } from "./private-addresses.ts";
import { startTestServer } from "./test-server.ts";
import { createWebhookSender } from "./webhook-sender.ts";

/** Names of the tests: one public, one private, one that is both. */
const resolve: ResolveAll = (hostname, _, callback) => {
  const found: Record<string, string[]> = {
    "public.example": ["93.184.215.14"],
    "inside.example": ["10.0.0.7"],
    "rebinding.example": ["93.184.215.14", "127.0.0.1"],
  };
  const addresses = found[hostname];
  if (!addresses) return callback(new Error("ENOTFOUND"), []);
  callback(
    null,
    addresses.map((address) => ({ address, family: 4 })),
  );
};

async function startReceiver(reply: (response: ServerResponse) => void) {
  const seen: { path: string; signature: unknown; body: string }[] = [];
  const server = await startTestServer(async (request, response) => {
    const body = (await buffer(request)).toString();
    seen.push({ path: request.url ?? "", signature: request.headers["x-pult-signature"], body });
    reply(response);
  });
  return { seen, server, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() };
}

const request = (url: string) => ({ url, headers: { "x-pult-signature": "t=1,v1=2" }, body: '{"text":"Привет"}' });
const sandbox = (options: object = {}) => createWebhookSender({ allowsLoopback: true, ...options });

describe("createWebhookSender", () => {
  it("posts a body with its headers, and needs only the status of a success", async () => {
    await using receiver = await startReceiver((response) => response.writeHead(200).write("<html>"));
    const answer = await sandbox().post(request(`${receiver.server.origin}/hook?token=1`));
    expect(answer).toEqual({ kind: "answered", status: 200, ms: expect.any(Number), start: "" });
    expect(receiver.seen).toEqual([{ path: "/hook?token=1", signature: "t=1,v1=2", body: '{"text":"Привет"}' }]);
  });

  it("tells the start of another answer, and follows no redirect", async () => {
    await using inside = await startReceiver((response) => response.end("secret"));
    await using receiver = await startReceiver((response) =>
      response.writeHead(302, { location: `${inside.server.origin}/` }).end(`moved ${"x".repeat(1_000)}`),
    );
    const answer = await sandbox().post(request(receiver.server.origin));
    expect(answer).toMatchObject({ kind: "answered", status: 302, start: expect.stringMatching(/^moved x{294}$/) });
    expect(inside.seen).toEqual([]);
  });

  it("gives up a receiver that answers nothing, or stops half-way", async () => {
    await using silent = await startReceiver(() => {});
    await using halting = await startReceiver((response) => response.writeHead(500).write("half"));
    const sender = sandbox({ timeoutMs: 300 });
    expect(await sender.post(request(silent.server.origin))).toMatchObject({ kind: "noAnswer" });
    expect(await sender.post(request(halting.server.origin))).toMatchObject({ kind: "answered", status: 500 });
    await using cut = await startReceiver((response) => response.destroy());
    expect(await sender.post(request(cut.server.origin))).toMatchObject({ kind: "unreachable" });
  });

  it.each([
    ["http", "http://public.example/"],
    ["loopback", "https://127.0.0.1:PORT/"],
    ["loopback in IPv6", "https://[::1]:PORT/"],
    ["a mapped address", "https://[::ffff:127.0.0.1]:PORT/"],
    ["a decimal address", "https://2130706433:PORT/"],
    ["a link-local address", "https://169.254.169.254/latest/meta-data"],
    ["a name of the inside", "https://inside.example/"],
    ["a name that is also private", "https://rebinding.example/"],
    ["credentials", "https://user:word@public.example/"],
    ["another scheme", "ftp://public.example/"],
  ])("refuses %s when it is named and when it is called, without connecting", async (_, address) => {
    await using receiver = await startReceiver((response) => response.end());
    const url = address.replace("PORT", String(receiver.server.port));
    const sender = createWebhookSender({ resolve });
    expect(await sender.check(url)).toBe("private");
    expect(await sender.post(request(url))).toMatchObject({ kind: "private" });
    expect(receiver.server.connections()).toBe(0);
  });

  it("allows public names, origins that the operator names, and loopback where it is told to", async () => {
    await using receiver = await startReceiver((response) => response.end());
    const { origin } = receiver.server;
    expect(await createWebhookSender({ resolve }).check("https://public.example/x")).toBe("allowed");
    expect(await createWebhookSender({ resolve }).check("https://unknown.example/")).toBe("unresolved");
    expect(await sandbox().check("http://localhost:1/")).toBe("allowed");
    expect(await sandbox({ resolve }).check("https://inside.example/")).toBe("private");
    const named = createWebhookSender({ allowedOrigins: [origin] });
    expect(await named.check(`${origin}/hook`)).toBe("allowed");
    expect(await named.post(request(`${origin}/hook`))).toMatchObject({ status: 200 });
    expect(await named.check("http://127.0.0.1:1/")).toBe("private");
  });
});
