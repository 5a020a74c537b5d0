import { once } from "node:events";
import { request as sendRequest } from "node:http";
import { makeCustomer, unique } from "@pult/api/testing/factories.ts";
import { SAMPLE_PHOTOS } from "@pult/api/testing/sample-photos.ts";
import { describeOnDatabases } from "@pult/api/testing/test-deps.ts";
import { afterEach, beforeEach, expect, it } from "vitest";
import { inspectFile } from "../../adapters/file-inspector.ts";
import { endServed, type ServedTelegram, serveTelegram } from "./test-serving.ts";

interface Asked {
  method?: string;
  token?: string | null;
  headers?: Record<string, string>;
  body?: FormData | string;
}

describeOnDatabases("Telegram CRM files", (world) => {
  let served: ServedTelegram;
  let userToken: string;
  beforeEach(async () => {
    world.deps.inspectFile = inspectFile;
    served = await serveTelegram(world.deps);
    userToken = await world.mintToken(unique("user"));
  });
  afterEach(endServed);

  const ask = (path: string, { token = userToken, headers = {}, ...init }: Asked = {}) =>
    fetch(served.origin + path, {
      ...init,
      headers: { ...(token === null ? {} : { authorization: `Bearer ${token}` }), ...headers },
    });
  function formOf(
    content: string | Uint8Array<ArrayBuffer>,
    { name = "a.txt", type }: { name?: string; type?: string } = {},
  ) {
    const form = new FormData();
    form.append("file", new Blob([content], { type: "image/jpeg" }), name);
    if (type !== undefined) form.append("type", type);
    return form;
  }
  async function upload(body: FormData) {
    const response = await ask("/api/telegram/media", { method: "POST", body });
    expect(response.status).toBe(201);
    const { data } = (await response.json()) as { data: { id: string; url: string; thumbUrl: string | null } };
    return { ...data, path: `/api/telegram/media/${data.id}` };
  }
  async function refused(path: string, asked: Asked = {}) {
    const response = await ask(path, asked);
    const { error } = (await response.json()) as { error: { code: string } };
    return [response.status, error.code];
  }

  it("stores what a form holds, and sends it whole or in ranges", async () => {
    const { id, path, ...media } = await upload(formOf("0123456789", { name: "C:\\up\\отчёт (1).txt" }));
    expect(media).toMatchObject({
      type: "document",
      mimeType: "text/plain",
      sizeBytes: 10,
      state: "ready",
      thumbUrl: null,
    });
    const whole = await ask(path);
    expect([whole.status, await whole.text()]).toEqual([200, "0123456789"]);
    expect(Object.fromEntries(whole.headers)).toMatchObject({
      "accept-ranges": "bytes",
      "content-length": "10",
      "content-type": "text/plain",
      "content-disposition": expect.stringContaining("attachment; filename="),
      "cache-control": "private, max-age=43200, immutable",
      "x-content-type-options": "nosniff",
    });
    const head = await ask(path, { method: "HEAD" });
    expect([head.status, head.headers.get("content-length"), await head.text()]).toEqual([200, "10", ""]);
    const part = await ask(path, { headers: { range: "bytes=2-4" } });
    expect([part.status, part.headers.get("content-range"), await part.text()]).toEqual([206, "bytes 2-4/10", "234"]);
    expect(await refused(path, { headers: { range: "bytes=10-" } })).toEqual([416, "VALIDATION_ERROR"]);
    const info = await ask(`${path}/info`);
    expect(await info.json()).toMatchObject({ data: { id, fileName: "отчёт (1).txt" } });
  });

  it("shows photos in place and has everything that could run downloaded", async () => {
    const photo = await upload(formOf(Uint8Array.from(SAMPLE_PHOTOS.png), { name: "page.html" }));
    const shown = await ask(photo.path);
    expect([shown.headers.get("content-type"), shown.headers.get("content-disposition")]).toEqual([
      "image/png",
      "inline; filename=\"page.html\"; filename*=UTF-8''page.html",
    ]);
    for (const html of ["<!doctype html><script>1</script>", "<svg xmlns='http://www.w3.org/2000/svg'/>"]) {
      const { path } = await upload(formOf(html, { name: "photo.jpg", type: "photo" }));
      const { headers } = await ask(path);
      expect([headers.get("content-type"), headers.get("content-disposition")?.split(";")[0]]).toEqual([
        "text/plain",
        "attachment",
      ]);
      expect(headers.get("content-security-policy")).toContain("sandbox");
    }
  });

  it("opens a signed address without a token, and the rest to the uploader alone", async () => {
    const { path, url, thumbUrl } = await upload(formOf(Uint8Array.from(SAMPLE_PHOTOS.png)));
    for (const signed of [url, thumbUrl ?? ""]) expect((await ask(signed, { token: null })).status).toBe(200);
    expect(await refused(url.replace(/s=..../, "s=AAAA"), { token: null })).toEqual([401, "UNAUTHORIZED"]);
    expect(await refused(url.replace("?", "/info?"), { token: null })).toEqual([401, "UNAUTHORIZED"]);
    const token = await world.mintToken(makeCustomer().externalId);
    for (const other of [path, `${path}/thumbnail`, `${path}/info`])
      expect(await refused(other, { token })).toEqual([404, "NOT_FOUND"]);
  });

  it("refuses a form without exactly one file, and leaves nothing of it", async () => {
    const two = formOf("a");
    two.append("file", new Blob(["b"]), "b.txt");
    const misnamed = new FormData();
    misnamed.append("photo", new Blob(["a"]), "a.txt");
    const post = (body: FormData | string, headers = {}) =>
      refused("/api/telegram/media", { method: "POST", body, headers });
    for (const form of [new FormData(), two, misnamed, formOf("")])
      expect(await post(form)).toEqual([400, "VALIDATION_ERROR"]);
    expect(await post("{}", { "content-type": "application/json" })).toEqual([415, "UNSUPPORTED_MEDIA"]);
    expect(world.deps.media.files.size).toBe(0);
  });

  it("refuses by Content-Length what is too large, before it is sent", async () => {
    const request = sendRequest(`${served.origin}/api/telegram/media`, {
      method: "POST",
      headers: {
        authorization: `Bearer ${userToken}`,
        "content-type": "multipart/form-data; boundary=x",
        "content-length": 2_200_000_000,
      },
    });
    request.on("error", () => {}).flushHeaders();
    const [response] = await once(request, "response");
    expect(response.statusCode).toBe(413);
    request.destroy();
  });
});
