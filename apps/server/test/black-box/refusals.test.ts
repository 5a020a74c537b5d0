import { createServer } from "node:net";
import { SAMPLE_PHOTOS } from "@pult/api/testing/sample-photos.ts";
import { makePng } from "@pult/sandbox/testing.ts";
import { afterAll, describe, expect, test } from "vitest";
import { listen } from "../../src/adapters/test-server.ts";
import { type Answer, call, callDeaf, type FormPhoto, sendMessage, sendPhotos, writtenBy } from "../support/calls.ts";
import { openInstallation } from "../support/installation.ts";
import { bothRuntimes, mainCell } from "../support/matrix.ts";
import { useServer } from "../support/use-server.ts";

const MEGABYTE = 1024 * 1024;

describe.each(mainCell())("Refusals on %s", (_name, cell) => {
  let visits = 0;
  /** What no address of a photo may lead to. */
  const canary = createServer((socket) => {
    visits += 1;
    socket.destroy();
  });
  let port: number;
  const server = useServer(async () => {
    port = await listen(canary);
    const hosts = `127.0.0.1:${port},localhost:${port},metadata.internal,169.254.169.254`;
    return openInstallation({ ...cell, legacyAuth: "open", env: { PHOTO_URL_HOSTS: hosts } });
  });
  afterAll(() => new Promise((resolve) => canary.close(resolve)));

  /** Refused with this status and a reason, and nothing is left behind: no message, no file. */
  async function expectRefused(status: number, userId: string, request: () => Promise<Answer>): Promise<Answer> {
    const files = server.uploads();
    const answer = await request();
    expect({ status: answer.status, ...answer.body }).toEqual({ status, success: false, error: expect.any(String) });
    expect(answer.body.error).not.toBe("Internal server error");
    expect(await writtenBy(server, userId)).toEqual([]);
    expect(server.uploads()).toEqual(files);
    return answer;
  }

  const send = (userId: string, ...photos: FormPhoto[]) =>
    sendPhotos(server, { user_id: userId, message: "Photos" }, { photos });

  test.each([
    ["a user_id that is an object", { user_id: { id: 1 }, message: "x" }],
    ["a user_id that is a list", { user_id: ["missing"], message: "x" }],
    ["a user_id that is null", { user_id: null, message: "x" }],
    ["a user_id that is not whole", { user_id: 1.5, message: "x" }],
    ["a user_id that is too long", { user_id: "x".repeat(129), message: "x" }],
    ["neither text nor photo", { user_id: "missing" }],
    ["a blank message", { user_id: "missing", message: " \n " }],
    ["a message of NULs", { user_id: "missing", message: "\u0000\u0000" }],
    ["a list", ["missing"]],
    ["a text", "missing"],
    ["null", null],
  ])("POST /send_message with %s is 400", async (_what, json) => {
    await expectRefused(400, "missing", () => call(server, "/send_message", { json }));
  });

  test.each([
    ["broken JSON", '{"user_id":"broken","message":"x"', "application/json", 400],
    ["nothing", "", "application/json", 400],
    ["a form without a boundary", "x", "multipart/form-data", 400],
    [
      "a form that ends early",
      '--b\r\nContent-Disposition: form-data; name="user_id"\r\n\r\nbro',
      "multipart/form-data; boundary=b",
      400,
    ],
    ["text", "user_id=broken", "text/plain", 415],
    ["JSON of 300 KB", JSON.stringify({ user_id: "broken", message: "x".repeat(300_000) }), "application/json", 413],
  ])("a body of %s is refused", async (_what, raw, type, status) => {
    await expectRefused(status, "broken", () =>
      call(server, "/send_message", { raw, method: "POST", headers: { "content-type": type } }),
    );
  });

  test("names the field that is wrong", async () => {
    expect((await sendMessage(server, { message: "x" })).body.error).toBe("user_id is required");
    const { body } = await call(server, "/register_device", { json: { user_id: "missing" } });
    expect(body).toEqual({ success: false, error: "fcm_token is required" });
    const [send, register] = ["/send_message", "/register_device"];
    const good = { user_id: "missing", message: "x", fcm_token: "x" };
    for (const [path, field, value] of [
      ...[send, register].flatMap((path) =>
        [undefined, "", " ", "x\u0000", "\ud800"].map((id) => [path, "user_id", id]),
      ),
      ...[undefined, "", 5, "x".repeat(32_769)].map((text) => [send, "message", text]),
      ...["x\u0000", "\ud800", "x".repeat(256), "tg:1", "greeting:1", {}].map((id) => [send, "client_id", id]),
      ...["x".repeat(129), 5, ["a"]].map((name) => [send, "user_name", name]),
      ...["x", "http://x", "x".repeat(2_049)].map((url) => [send, "photo_url", url]),
      ...["", "x\u0000", "x".repeat(4_097)].map((token) => [register, "fcm_token", token]),
      ...["x\u0000", "x".repeat(65)].map((name) => [register, "platform", name]),
      ...["\ud800", "x".repeat(256)].map((id) => [register, "device_id", id]),
    ] as [string, string, unknown][]) {
      const answer = await call(server, path, { json: { ...good, [field]: value } });
      expect([field, value, answer.status, answer.body.error?.startsWith(field)]).toEqual([field, value, 400, true]);
    }
    for (const route of ["message_history", "check_device"]) {
      const { status, body: refused } = await call(server, `/${route}/x%00`);
      expect([route, status, refused.error]).toEqual([route, 400, expect.stringMatching(/^user_id /)]);
    }
    expect(await writtenBy(server, "missing")).toEqual([]);
  });

  test("an Idempotency-Key that is too long is refused, not cut to what another could be", async () => {
    const send = (key: string) =>
      sendMessage(server, { user_id: "long-key", message: "x" }, { headers: { "idempotency-key": key } });
    const refused = await expectRefused(400, "long-key", () => send(`${"k".repeat(255)}1`));
    expect(refused.body.error).toMatch(/^Idempotency-Key/);
    const [first, repeat] = [await send("k".repeat(255)), await send("k".repeat(255))];
    expect([first.status, repeat.body.message_id]).toEqual([200, first.body.message_id]);
  });

  test("POST /register_device without what it needs is 400 and registers nothing", async () => {
    for (const json of [{}, { user_id: "no-device" }, { user_id: "no-device", fcm_token: "  " }, { fcm_token: "t" }]) {
      await expectRefused(400, "no-device", () => call(server, "/register_device", { json }));
    }
    expect((await call(server, "/check_device/no-device")).body).toMatchObject({ registered: false, device_count: 0 });
  });

  test("a limit that is none is 400; one that is too high is the highest", async () => {
    for (const limit of ["0", "-1", "x", "1.5", "1e999", "NaN"]) {
      expect((await call(server, `/message_history/limits?limit=${limit}`)).status).toBe(400);
    }
    expect((await call(server, "/message_history/limits?limit=100000")).status).toBe(200);
  });

  test("unknown paths and methods of the protocol are 404", async () => {
    for (const [method, path] of [
      ["GET", "/send_message"],
      ["PUT", "/send_message"],
      ["POST", "/message_history/x"],
      ["GET", "/message_history/"],
      ["GET", "/message_history/a/b"],
      ["DELETE", "/check_device/x"],
    ]) {
      const { status, body } = await call(server, path ?? "", { method: method ?? "" });
      expect([method, path, status >= 400 && status < 500, body.success]).toEqual([method, path, true, false]);
    }
    expect((await call(server, "/message_history/%ff")).status).toBe(400);
  });

  test("11 photos are 400", async () => {
    await expectRefused(400, "eleven", () => send("eleven", ...Array(11).fill({ bytes: SAMPLE_PHOTOS.jpeg })));
  });

  test("a photo of 11 MB is 413, alone and after a good one", async () => {
    const big = { bytes: Buffer.concat([SAMPLE_PHOTOS.jpeg, Buffer.alloc(11 * MEGABYTE)]) };
    const { body } = await expectRefused(413, "big", () => send("big", big));
    expect(body.error).toContain("10 MB");
    await expectRefused(413, "big", () => send("big", { bytes: SAMPLE_PHOTOS.jpeg }, big));
  });

  test("HTML named .jpg, SVG, a PDF, an empty file and a torn photo are 415", async () => {
    const html = Buffer.from("<!doctype html><script>alert(1)</script>");
    const svg = Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>');
    const torn = SAMPLE_PHOTOS.jpeg.slice(0, 40);
    for (const bytes of [html, svg, Buffer.from("%PDF-1.7"), Buffer.alloc(0), torn]) {
      await expectRefused(415, "html", () => send("html", { bytes, name: "photo.jpg" }));
    }
    await expectRefused(415, "html", () => send("html", { bytes: makePng(40, 30) }, { bytes: html }));
  });

  test("rejects a private, unlisted, plain http or malformed photo_url with 400, without fetching it", async () => {
    const [isPrivate, isUnlisted] = ["does not lead to a public address", "not allowed here"];
    for (const [photo_url, reason] of [
      [`https://127.0.0.1:${port}/a.jpg`, isPrivate],
      [`https://localhost:${port}/a.jpg`, isPrivate],
      [`https://2130706433:${port}/a.jpg`, isPrivate],
      ["https://169.254.169.254/latest/meta-data", isPrivate],
      [`https://[::ffff:127.0.0.1]:${port}/a.jpg`, isUnlisted],
      ["https://images.example.com/a.jpg", isUnlisted],
      ["https://metadata.internal/latest", "photo_url"],
      [`http://127.0.0.1:${port}/a.jpg`, "must begin with https"],
      ["file:///etc/passwd", "must begin with https"],
      ["data:image/png;base64,AAAA", "must begin with https"],
      ["https://...", "photo_url"],
      ["/uploads/file.jpg", "not an address"],
    ] as const) {
      const send = () => sendMessage(server, { user_id: "by-url", message: "x", photo_url });
      expect((await expectRefused(400, "by-url", send)).body.error).toContain(reason);
    }
    expect(visits).toBe(0);
  });
});

describe.each(bothRuntimes())("Bodies cut short on %s", (_name, cell) => {
  const server = useServer(() => openInstallation({ ...cell, legacyAuth: "open" }));

  describe("a client that is still writing gets its answer", () => {
    const big = new Uint8Array(24 * MEGABYTE).fill(120);
    const form = { "content-type": "multipart/form-data; boundary=b" };
    const json = { "content-type": "application/json" };
    const head = '--b\r\nContent-Disposition: form-data; name="photo"; filename="a.jpg"\r\n\r\n';

    test.each([
      ["a photo of 24 MB", 413, "/send_message", form, head],
      ["JSON of 24 MB", 413, "/send_message", json, '{"user_id":"'],
      ["a wrong token", 401, "/send_message", { ...form, authorization: "Bearer rubbish" }, head],
      ["a foreign origin", 403, "/send_message", { ...form, origin: "https://evil.example" }, head],
      ["no JSON and no form", 415, "/send_message", { "content-type": "text/plain" }, ""],
      ["tRPC's limit", 413, "/trpc/support.send", json, '{"text":"'],
      ["an unauthenticated upload", 401, "/api/media", form, head],
      ["no such path", 404, "/nowhere", json, '{"x":"'],
    ])("%s: %i", async (_what, status, path, headers, start) => {
      const body = new Uint8Array(Buffer.concat([Buffer.from(start), big]));
      expect(await callDeaf(server, path, body, { ...headers, connection: "close" })).toBe(status);
      expect((await call(server, path, { raw: body, headers })).status).toBe(status);
    });
  });

  test("a client that goes away in the middle leaves nothing, and the server goes on", async () => {
    const aborting = new AbortController();
    const boundary = "cut";
    const part = `--${boundary}\r\nContent-Disposition: form-data; name="photo"; filename="a.jpg"\r\nContent-Type: image/jpeg\r\n\r\n`;
    const files = server.uploads();
    const started = Promise.withResolvers<void>();
    const body = new ReadableStream<Uint8Array>({
      start(controller) {
        const text = `--${boundary}\r\nContent-Disposition: form-data; name="user_id"\r\n\r\ncut-off\r\n`;
        for (const piece of [text, part]) controller.enqueue(Buffer.from(piece));
        controller.enqueue(SAMPLE_PHOTOS.jpeg);
        controller.enqueue(Buffer.from(`\r\n${part}`));
        controller.enqueue(SAMPLE_PHOTOS.jpeg.slice(0, 50));
      },
      pull: () => started.resolve(),
    });
    const request = fetch(`${server.origin}/send_message`, {
      method: "POST",
      headers: { "content-type": `multipart/form-data; boundary=${boundary}` },
      body,
      duplex: "half",
      signal: aborting.signal,
    });
    await started.promise;
    // The first photo is stored while the second is still coming.
    await expect.poll(() => server.uploads().length).toBeGreaterThan(files.length);
    aborting.abort();
    await expect(request).rejects.toThrow();
    await expect.poll(() => server.uploads()).toEqual(files);
    expect(await writtenBy(server, "cut-off")).toEqual([]);
  });
});
