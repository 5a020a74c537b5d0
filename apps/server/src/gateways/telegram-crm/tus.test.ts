import { request as sendRequest } from "node:http";
import { unique } from "@pult/api/testing/factories.ts";
import { describeOnDatabases } from "@pult/api/testing/test-deps.ts";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { eventually } from "../../../test/support/mailbox.ts";
import { inspectFile } from "../../adapters/file-inspector.ts";
import { endServed, serveTelegram } from "./test-serving.ts";

const UPLOADS = "/api/telegram/media/uploads";
const CONTENT = { "content-type": "application/offset+octet-stream" };

describeOnDatabases("Resumable uploads over tus", (world) => {
  let origin: string;
  let token: string;
  const start = async () => {
    ({ origin } = await serveTelegram(world.deps));
  };
  beforeEach(async () => {
    world.deps.inspectFile = inspectFile;
    token = await world.mintToken(unique("user"));
    await start();
  });
  afterEach(endServed);

  const headersOf = (headers: Record<string, string | number>) => ({
    ...{ authorization: `Bearer ${token}`, "tus-resumable": "1.0.0" },
    ...(headers as Record<string, string>),
  });
  async function ask(method: string, path: string, headers: Record<string, string | number> = {}, body?: string) {
    const response = await fetch(origin + path, {
      method,
      headers: headersOf(headers),
      ...(body === undefined ? {} : { body }),
    });
    return { status: response.status, headers: response.headers, text: await response.text() };
  }
  async function begin(sizeBytes: number) {
    const filename = Buffer.from("отчёт.txt").toString("base64");
    const headers = { "upload-length": sizeBytes, "upload-metadata": `filename ${filename},filetype dGV4dA==` };
    const response = await ask("POST", UPLOADS, headers);
    expect([response.status, response.headers.get("tus-resumable")]).toEqual([201, "1.0.0"]);
    return response.headers.get("location") ?? "";
  }
  const offsetOf = async (path: string) => (await ask("HEAD", path)).headers.get("upload-offset");
  const append = (path: string, offset: number, text: string) =>
    ask("PATCH", path, { ...CONTENT, "upload-offset": offset }, text);

  it("goes on after a broken connection and a restart, and is then a file like any other", async () => {
    const path = await begin(10);
    expect(await append(path, 0, "012")).toMatchObject({ status: 204 });
    const broken = sendRequest(origin + path, {
      method: "PATCH",
      headers: headersOf({ ...CONTENT, "upload-offset": 3, "content-length": 7 }),
    });
    broken.on("error", () => {}).write("34");
    const saving = vi.spyOn(world.deps.media, "saveFile");
    await vi.waitFor(() => expect(saving).toHaveBeenCalled(), { timeout: 15_000 });
    broken.destroy();
    await eventually(async () => (await offsetOf(path)) === "5");
    await endServed();
    await start();
    const head = await ask("HEAD", path);
    expect([head.status, head.headers.get("upload-length"), head.headers.get("cache-control")]).toEqual([
      200,
      "10",
      "private, no-store",
    ]);
    const done = await append(path, 5, "56789");
    expect([done.status, done.headers.get("upload-offset")]).toEqual([204, "10"]);
    const file = `/api/telegram/media/${path.split("/").at(-1)}`;
    expect(await ask("GET", file)).toMatchObject({ status: 200, text: "0123456789" });
    expect(JSON.parse((await ask("GET", `${file}/info`)).text)).toMatchObject({
      data: { fileName: "отчёт.txt", mimeType: "text/plain", state: "ready", sizeBytes: 10 },
    });
    expect((await ask("DELETE", path)).status).toBe(204);
    expect((await ask("HEAD", path)).status).toBe(404);
  });

  it("says what it is capable of", async () => {
    const { status, headers } = await fetch(origin + UPLOADS, { method: "OPTIONS" });
    expect([status, headers.get("tus-version"), headers.get("tus-extension"), headers.get("tus-max-size")]).toEqual([
      204,
      "1.0.0",
      "creation,termination",
      "2097152000",
    ]);
  });

  it("refuses what is wrong with a request", async () => {
    const path = await begin(4);
    for (const [status, answer] of [
      [412, ask("HEAD", path, { "tus-resumable": "0.2.2" })],
      [400, ask("POST", UPLOADS)],
      [400, ask("POST", UPLOADS, { "upload-length": 0 })],
      [413, ask("POST", UPLOADS, { "upload-length": 2_097_152_001 })],
      [400, ask("PATCH", path, CONTENT, "1")],
      [415, ask("PATCH", path, { "content-type": "text/plain", "upload-offset": 0 }, "1")],
      [409, append(path, 1, "1")],
      [404, append(`${UPLOADS}/unknown`, 0, "1")],
    ] as const)
      expect((await answer).status).toBe(status);
    expect(await offsetOf(path)).toBe("0");
  });
});
