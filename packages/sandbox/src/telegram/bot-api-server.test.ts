import { Bot, HttpError } from "grammy";
import type { Message } from "grammy/types";
import { describe, expect, test } from "vitest";
import { callRaw, findUser, groupId, makePng, openDialog } from "../testing.ts";
import { useSandbox } from "../use-sandbox.ts";

let now = new Date("2026-11-21T10:00:00Z");
const sandbox = await useSandbox({ now: () => now });
const root = `${sandbox.origin}/bot${sandbox.env.TELEGRAM_BOT_TOKEN}`;

const post = (method: string, body: RequestInit["body"], contentType?: string) =>
  fetch(`${root}/${method}`, {
    method: "POST",
    body,
    ...(contentType && { headers: { "content-type": contentType } }),
  });
const png = (width: number) => new Blob([new Uint8Array(makePng(width, 10))]);

function multipart(fields: Record<string, string | Blob>): FormData {
  const form = new FormData();
  for (const [name, value] of Object.entries(fields))
    typeof value === "string" ? form.set(name, value) : form.set(name, value, `${name}.png`);
  return form;
}

describe("encodings", () => {
  const text = "Grüße & 😀";
  const params = () => ({ chat_id: String(groupId(sandbox)), text });

  test.each([
    ["the query", () => fetch(`${root}/sendMessage?${new URLSearchParams(params())}`)],
    ["a form", () => post("sendMessage", new URLSearchParams(params()))],
    [
      "JSON, with the method's name in any case",
      () => post("SENDmessage", JSON.stringify(params()), "application/json; charset=utf-8"),
    ],
  ])("reads parameters from %s", async (_name, send) => {
    const response = await send();
    expect(await response.json()).toMatchObject({ ok: true, result: { text } });
  });

  test("reads an album from multipart with attach:// references", async () => {
    const media = JSON.stringify(["a", "b"].map((name) => ({ type: "photo", media: `attach://${name}` })));
    const album = { chat_id: String(groupId(sandbox)), media, a: png(10), b: png(20) };
    const response = await post("sendMediaGroup", multipart(album));
    expect(await response.json()).toMatchObject({
      ok: true,
      result: [{ photo: [{ width: 10 }] }, { photo: [{ width: 20 }] }],
    });
  });

  test("reads a photo from multipart under its own field", async () => {
    const sent = multipart({ chat_id: String(groupId(sandbox)), photo: png(10) });
    expect((await post("sendPhoto", sent)).status).toBe(200);
  });
});

describe("rejections", () => {
  test("answers 401 to a wrong token, for methods and files", async () => {
    const expected = { ok: false, error_code: 401, description: "Unauthorized" };
    for (const path of ["/bot1:wrong/getMe", "/file/bot1:wrong/photos/file_1.png"]) {
      const response = await fetch(sandbox.origin + path);
      expect(response.status).toBe(401);
      expect(await response.json()).toEqual(expected);
    }
  });

  test("answers 404 to an unknown method", async () => {
    expect(await callRaw(sandbox, "sendTelepathy")).toEqual({
      status: 404,
      body: { ok: false, error_code: 404, description: "Not Found" },
    });
  });

  test("answers 400 to broken JSON", async () => {
    expect((await post("getMe", "{", "application/json")).status).toBe(400);
  });

  test("answers 413 to a body over 50 MiB, plain or multipart", async () => {
    const bytes = new Uint8Array(52 * 1024 * 1024);
    for (const body of [bytes, multipart({ photo: new Blob([bytes]) })]) {
      const response = await post("sendPhoto", body);
      expect(await response.json()).toEqual({ ok: false, error_code: 413, description: "Request Entity Too Large" });
    }
  });
});

describe("faults", () => {
  test("answers sends with 429 and the seconds left, rounded up, until the flood wait ends", async () => {
    const message = { chat_id: groupId(sandbox), text: "x" };
    sandbox.setFaults({ floodWaitSeconds: 10 });
    now = new Date(now.getTime() + 2_500);
    expect(await callRaw<Message>(sandbox, "sendMessage", message)).toEqual({
      status: 429,
      body: {
        ok: false,
        error_code: 429,
        description: "Too Many Requests: retry after 8",
        parameters: { retry_after: 8 },
      },
    });
    expect((await callRaw(sandbox, "getMe")).status).toBe(200);
    now = new Date(now.getTime() + 7_500);
    expect((await callRaw<Message>(sandbox, "sendMessage", message)).status).toBe(200);
    expect(sandbox.world().faults.floodUntil).toBeNull();
  });

  test("serverErrorPercent fails the same calls in every run, as JSON or HTML, without effect", async () => {
    sandbox.setFaults({ serverErrorPercent: 50 });
    const answers: string[] = [];
    for (let i = 0; i < 8; i += 1) {
      const response = await fetch(`${root}/sendMessage?chat_id=${groupId(sandbox)}&text=${i}`);
      answers.push(`${response.status} ${response.headers.get("content-type")}`);
      await response.text();
    }
    const [json, page] = ["502 application/json", "502 text/html"];
    const fine = "200 application/json";
    expect([answers[0], answers[2], answers[4], answers[6]]).toEqual([fine, fine, fine, fine]);
    expect([answers[1], answers[3], answers[5], answers[7]].sort()).toEqual([json, json, page, page]);
    expect(sandbox.world().group.messages.map((message) => message.text)).toEqual(["0", "2", "4", "6"]);
  });

  test("telegramDown cuts connections before any effect and ends a running long poll", async () => {
    const bot = new Bot(sandbox.env.TELEGRAM_BOT_TOKEN, { client: { apiRoot: sandbox.origin } });
    const polling = bot.api.getUpdates({ timeout: 30 }).catch((error: unknown) => error);
    await sandbox.until(() => sandbox.telegram.isPolling);
    sandbox.setFaults({ telegramDown: true });
    expect(await polling).toBeInstanceOf(HttpError);
    const sending = bot.api.sendMessage(groupId(sandbox), "lost").catch((error: unknown) => error);
    expect(await sending).toBeInstanceOf(HttpError);
    expect(sandbox.world().group.messages).toEqual([]);
    expect(sandbox.calls.at(-1)).toMatchObject({ method: "sendMessage", status: 0 });
    sandbox.setFaults({ telegramDown: false });
    expect(await bot.api.sendMessage(groupId(sandbox), "found")).toMatchObject({ text: "found" });
  });

  test("dropConnections cuts open connections once, and the next call succeeds", async () => {
    const polling = fetch(`${root}/getUpdates?timeout=30`).catch((error: unknown) => error);
    await sandbox.until(() => sandbox.telegram.isPolling);
    sandbox.setFaults({ dropConnections: true });
    expect(await polling).toBeInstanceOf(TypeError);
    expect((await callRaw(sandbox, "getMe")).status).toBe(200);
  });

  test("delayMs delays the answer and not the effect", async () => {
    sandbox.setFaults({ delayMs: 150 });
    const began = performance.now();
    const sending = callRaw<Message>(sandbox, "sendMessage", { chat_id: groupId(sandbox), text: "slow" });
    await sandbox.until(() => sandbox.world().group.messages.length === 1);
    let isAnswered = false;
    void sending.then(() => {
      isAnswered = true;
    });
    await Promise.resolve();
    expect(isAnswered).toBe(false);
    expect((await sending).status).toBe(200);
    expect(performance.now() - began).toBeGreaterThanOrEqual(145);
  });
});

test("logs method, parameters and status of a call, uploads by name and size", async () => {
  openDialog(sandbox);
  await callRaw<Message>(sandbox, "sendMessage", { chat_id: findUser(sandbox, "customer").id, text: "logged" });
  await (await post("sendPhoto", multipart({ chat_id: "5", photo: new Blob([new Uint8Array(7)]) }))).text();
  await sandbox.until(() => sandbox.calls.length === 2);
  expect(sandbox.calls).toMatchObject([
    { method: "sendMessage", params: { text: "logged" }, status: 200 },
    { method: "sendPhoto", params: { chat_id: "5", photo: { filename: "photo.png", size: 7 } }, status: 400 },
  ]);
});
