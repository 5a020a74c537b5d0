import { request as sendRequest } from "node:http";
import { MemoryMedia } from "@pult/api/testing/memory-media.ts";
import { streamOf } from "@pult/api/testing/sample-photos.ts";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startTestServer } from "../adapters/test-server.ts";
import { serveUpload } from "./uploads.ts";

const CONTENT = "0123456789";
const SIZE = CONTENT.length;

describe("serveUpload", () => {
  const media = new MemoryMedia();
  let server: Awaited<ReturnType<typeof startTestServer>>;
  let [key, empty] = ["", ""];
  beforeAll(async () => {
    server = await startTestServer((request, response) => {
      const path = URL.parse(request.url ?? "", "http://x")?.pathname ?? "";
      return serveUpload({ media }, { request, response, key: decodeURIComponent(path.slice(1)) });
    });
    const save = async (text: string) =>
      (await media.saveFile(streamOf(new TextEncoder().encode(text)), { maxBytes: 100 })).key;
    [key, empty] = [await save(CONTENT), await save("")];
  });
  afterAll(() => server[Symbol.asyncDispose]());

  async function get(headers: Record<string, string> = {}, { method = "GET", path = key } = {}) {
    const response = await fetch(`${server.origin}/${path}`, { method, headers });
    return { status: response.status, headers: response.headers, text: await response.text() };
  }

  it("sends a file whole, says that ranges are served, and has other kinds than media downloaded", async () => {
    const whole = await get();
    expect([whole.status, whole.text]).toEqual([200, CONTENT]);
    expect(Object.fromEntries(whole.headers)).toMatchObject({
      "accept-ranges": "bytes",
      "content-length": String(SIZE),
      "content-type": "application/octet-stream",
      "content-disposition": `attachment; filename="${key}"`,
      "cache-control": "private, max-age=43200, immutable",
      "content-security-policy": expect.stringContaining("sandbox"),
    });
  });

  it.each([
    ["bytes=0-0", "0", "0-0"],
    ["bytes=3-5", "345", "3-5"],
    ["bytes=7-", "789", "7-9"],
    ["bytes=7-99999999999999999999", "789", "7-9"],
    ["bytes=-3", "789", "7-9"],
    ["bytes=-99", CONTENT, "0-9"],
    ["Bytes=9-9", "9", "9-9"],
  ])("answers %s with 206", async (range, text, shown) => {
    const part = await get({ range });
    expect([part.status, part.text]).toEqual([206, text]);
    expect(part.headers.get("content-range")).toBe(`bytes ${shown}/${SIZE}`);
    expect(part.headers.get("content-length")).toBe(String(text.length));
  });

  it.each(["bytes=10-", "bytes=10-12", "bytes=99999999999999999999-", "bytes=-0"])(
    "answers %s with 416",
    async (range) => {
      const refused = await get({ range });
      expect([refused.status, refused.headers.get("content-range")]).toEqual([416, `bytes */${SIZE}`]);
      expect(JSON.parse(refused.text)).toEqual({ success: false, error: "Range not satisfiable" });
    },
  );

  it.each(["bytes=", "bytes=-", "bytes=5-3", "bytes=0-1,3-4", "lines=0-1", "bytes=a-b", "bytes=0x1-3"])(
    "ignores %s",
    async (range) => {
      const whole = await get({ range });
      expect([whole.status, whole.text, whole.headers.get("content-range")]).toEqual([200, CONTENT, null]);
    },
  );

  it("sends the whole file when a range depends on a validator", async () => {
    const whole = await get({ range: "bytes=0-1", "if-range": '"x"' });
    expect([whole.status, whole.text]).toEqual([200, CONTENT]);
  });

  it("answers HEAD as a whole file without its bytes, range or not", async () => {
    const head = await get({ range: "bytes=0-1" }, { method: "HEAD" });
    expect([head.status, head.text, head.headers.get("content-length")]).toEqual([200, "", String(SIZE)]);
    expect(head.headers.get("accept-ranges")).toBe("bytes");
  });

  it("has no range of an empty file to give", async () => {
    expect((await get({ range: "bytes=0-" }, { path: empty })).status).toBe(416);
    expect(await get({}, { path: empty })).toMatchObject({ status: 200, text: "" });
  });

  it.each(["missing.bin", "..%2Fsecret", "%00"])("answers 404 to %s", async (path) => {
    expect(await get({}, { path })).toMatchObject({ status: 404, text: '{"success":false,"error":"Not found"}' });
  });

  it("reads no further when the client goes away", async () => {
    let [asked, closed] = [0, false];
    const endless = {
      open: async () => ({
        contentType: "video/mp4",
        sizeBytes: 1024 ** 3,
        async *read() {
          try {
            for (; ; asked++) yield new Uint8Array(64 * 1024);
          } finally {
            closed = true;
          }
        },
      }),
    };
    await using slow = await startTestServer((request, response) =>
      serveUpload({ media: { ...media, ...endless } as unknown as MemoryMedia }, { request, response, key }),
    );
    const client = sendRequest(slow.origin, (response) => response.once("data", () => client.destroy()));
    client.on("error", () => {}).end();
    await expect.poll(() => closed).toBe(true);
    expect(asked * 64 * 1024).toBeLessThan(64 * 1024 * 1024);
  });
});
