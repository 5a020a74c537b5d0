import type { IncomingMessage, ServerResponse } from "node:http";
import { buffer } from "node:stream/consumers";
import { inspect } from "node:util";
import type { MediaStore, OpenedFile } from "@pult/api/media/store.ts";
import type { Bot, BotFailure } from "@pult/api/telegram/bot.ts";
import { failureOf } from "@pult/api/testing/contracts/bot.ts";
import { describe, expect, it } from "vitest";
import { createGrammyBot } from "./grammy-bot.ts";
import { startTestServer } from "./test-server.ts";

const TOKEN = "123456789:AAcanaryCanaryCanaryCanaryCanaryCana";
const MB = 1024 * 1024;

type Answer = (response: ServerResponse, request: IncomingMessage) => void;
const json =
  (status: number, body: unknown): Answer =>
  (response) => {
    response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
  };
const ok = (result: unknown) => json(200, { ok: true, result });
const refusal = (code: number, description: string, parameters?: object) =>
  json(code, { ok: false, error_code: code, description, parameters });

const media: Pick<MediaStore, "open"> = {
  open: async (key) =>
    key.endsWith(".jpg")
      ? {
          contentType: "image/jpeg",
          sizeBytes: 6,
          read: () => new Blob([`<${key}>`]).stream() as AsyncIterable<Uint8Array>,
        }
      : null,
};

/** Long enough for an answer on a busy machine. */
const ANSWER_MS = 10_000;
/** What never answers is given up after. */
const SILENCE_MS = 400;

async function startTelegram(answer: Answer, timeoutMs = ANSWER_MS) {
  const calls: { path: string; contentType: string; body: Buffer }[] = [];
  const server = await startTestServer(async (request, response) => {
    const { "content-type": contentType = "" } = request.headers;
    calls.push({ path: request.url ?? "", contentType, body: await buffer(request) });
    answer(response, request);
  });
  const bot = createGrammyBot({ token: TOKEN, apiRoot: `${server.origin}/`, media, timeoutMs });
  const sent = () => JSON.parse(calls.at(-1)?.body.toString() ?? "null");
  return { bot, calls, sent, origin: server.origin, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() };
}

describe("createGrammyBot", () => {
  it.each([
    ["supergroup", { title: "Support", is_forum: true }, { title: "Support", isForum: true }],
    ["private", { first_name: "Anna", last_name: "K" }, { title: "Anna K", isForum: false }],
  ])("posts to the token's path, and names and titles a %s chat", async (type, told, read) => {
    await using telegram = await startTelegram(ok({ id: 7, type, ...told }));
    expect(await telegram.bot.getChat(7)).toEqual({ id: 7, type, ...read });
    expect(telegram.calls[0]?.path).toBe(`/bot${TOKEN}/getChat`);
  });

  it("sends plain text, as a reply that may have lost its message, without a preview in a group", async () => {
    await using telegram = await startTelegram(ok({ message_id: 5 }));
    await telegram.bot.sendText({ chatId: -100, threadId: 47, text: "<b>1 < 2</b>", replyToMessageId: 3 });
    expect(telegram.sent()).toEqual({
      chat_id: -100,
      message_thread_id: 47,
      text: "<b>1 < 2</b>",
      reply_parameters: { message_id: 3, allow_sending_without_reply: true },
      link_preview_options: { is_disabled: true },
    });
    await telegram.bot.sendText({ chatId: 7, text: "https://example.com" });
    expect(telegram.sent()).toEqual({ chat_id: 7, text: "https://example.com" });
    await telegram.bot.sendText({ chatId: 7, text: "News", paid: true });
    expect(telegram.sent()).toEqual({ chat_id: 7, text: "News", allow_paid_broadcast: true });
  });

  it("uploads an album's bytes in order, with the caption on the first", async () => {
    await using telegram = await startTelegram(ok([{ message_id: 8 }, { message_id: 9 }]));
    const message = { chatId: 7, photoKeys: ["a.jpg", "b.jpg"], caption: "two" };
    expect(await telegram.bot.sendPhotos(message)).toEqual({ messageIds: [8, 9] });
    const body = telegram.calls[0]?.body.toString() ?? "";
    const [, list = "[]"] = /name="media"\r\n\r\n(.*)\r\n/.exec(body) ?? [];
    const parts = JSON.parse(list) as { media: string; caption?: string }[];
    expect(parts.map((part) => part.caption)).toEqual(["two", undefined]);
    const names = parts.map((part) => part.media.replace("attach://", ""));
    expect(body.indexOf(`name="${names[0]}"`)).toBeLessThan(body.indexOf("<a.jpg>"));
    expect(body.indexOf("<a.jpg>")).toBeLessThan(body.indexOf(`name="${names[1]}"`));
    expect(body.indexOf(`name="${names[1]}"`)).toBeLessThan(body.indexOf("<b.jpg>"));
  });

  it.each([
    ["none", []],
    ["eleven", Array(11).fill("a.jpg")],
    ["one that is not stored", ["a.jpg", "gone.png"]],
  ])("refuses to send %s of photos without asking Telegram", async (_, photoKeys) => {
    await using telegram = await startTelegram(ok([]));
    expect((await failureOf(telegram.bot.sendPhotos({ chatId: 7, photoKeys, caption: "" }))).failure).toBe("rejected");
    expect(telegram.calls).toHaveLength(0);
  });

  it("closes the file when the call ends before all of it was sent", async () => {
    let isOpen = false;
    const file: OpenedFile = {
      contentType: "image/jpeg",
      sizeBytes: 1024 ** 3,
      async *read() {
        isOpen = true;
        try {
          for (;;) yield await new Promise<Uint8Array>((resolve) => setImmediate(resolve, new Uint8Array(1_000)));
        } finally {
          isOpen = false;
        }
      },
    };
    let isReached = false;
    await using server = await startTestServer((request) => {
      isReached = true;
      request.resume();
    });
    const endless = { open: async () => file };
    const bot = createGrammyBot({ token: TOKEN, apiRoot: server.origin, media: endless, timeoutMs: 200 });
    const failure = await failureOf(bot.sendPhotos({ chatId: 7, photoKeys: ["a.jpg"], caption: "" }));
    expect([failure.failure, isReached, isOpen]).toEqual(["down", true, false]);
  });

  it("names the updates it wants with the webhook as with a poll", async () => {
    await using telegram = await startTelegram(ok([]));
    await telegram.bot.setWebhook("https://pult.example/api/webhooks/telegram", "secret");
    const { allowed_updates, ...rest } = telegram.sent();
    expect(rest).toEqual({ url: "https://pult.example/api/webhooks/telegram", secret_token: "secret" });
    await telegram.bot.getUpdates(12, 0, new AbortController().signal);
    expect(telegram.sent()).toEqual({ offset: 12, timeout: 0, allowed_updates });
    expect(allowed_updates).toEqual(expect.arrayContaining(["message", "edited_message"]));
  });

  it("ends a long poll when it is told to", async () => {
    const stop = new AbortController();
    await using telegram = await startTelegram(() => stop.abort());
    const error = await failureOf(telegram.bot.getUpdates(0, 50, stop.signal));
    expect(error).toMatchObject({ failure: "down", message: "getUpdates: The server stopped during the call" });
  });

  const UNCHANGED =
    "Bad Request: message is not modified: specified new message content and reply markup are exactly the same as a current content and reply markup of the message";
  it.each<[BotFailure, number, string, object?, object?]>([
    ["flood", 429, "Too Many Requests: retry after 7", { retry_after: 7 }, { retryAfterMs: 7000 }],
    [
      "migrated",
      400,
      "Bad Request: group chat was upgraded to a supergroup chat",
      { migrate_to_chat_id: -1001 },
      { migratedToChatId: -1001 },
    ],
    ["topicMissing", 400, "Bad Request: message thread not found"],
    ["topicMissing", 400, "Bad Request: TOPIC_DELETED"],
    ["topicMissing", 400, "Bad Request: TOPIC_ID_INVALID"],
    ["unchanged", 400, UNCHANGED],
    ["gone", 400, "Bad Request: message to edit not found"],
    ["gone", 400, "Bad Request: MESSAGE_ID_INVALID"],
    ["forbidden", 403, "Forbidden: bot was blocked by the user"],
    ["forbidden", 403, "Forbidden: bot was kicked from the supergroup chat"],
    ["forbidden", 400, "Bad Request: chat not found"],
    ["noRight", 400, "Bad Request: not enough rights to send photos to the chat"],
    ["noRight", 400, "Bad Request: CHAT_SEND_PHOTOS_FORBIDDEN"],
    ["form", 400, "Bad Request: PHOTO_INVALID_DIMENSIONS"],
    ["form", 400, "Bad Request: message can't be copied"],
    ["form", 400, "Bad Request: VOICE_MESSAGES_FORBIDDEN"],
    ["form", 413, "Request Entity Too Large"],
    ["unpaid", 400, "Bad Request: BALANCE_TOO_LOW"],
    ["topicClosed", 400, "Bad Request: TOPIC_CLOSED"],
    ["unlisted", 400, "Bad Request: SOMETHING_NEW"],
    ["rejected", 400, "Bad Request: message is too long"],
    ["rejected", 400, "Bad Request: message can't be edited"],
    ["unauthorized", 401, "Unauthorized"],
    ["unauthorized", 404, "Not Found"],
    ["rejected", 409, "Conflict: terminated by other getUpdates request"],
    ["down", 500, "Internal Server Error"],
  ])("sorts as %s: %i %s, in Telegram's own words", async (failure, code, words, parameters, details = {}) => {
    await using telegram = await startTelegram(refusal(code, words, parameters));
    const error = await failureOf(telegram.bot.sendText({ chatId: 7, text: "hi" }));
    expect(error).toMatchObject({ failure, message: words, ...details });
    expect(telegram.calls).toHaveLength(1);
  });

  it.each<[BotFailure, string, Answer]>([
    ["unlisted", "an answer of something else", json(404, { error: "no such route" })],
    ["down", "a page", (response) => response.writeHead(502).end("<html>502 Bad Gateway</html>")],
    ["down", "a cut connection", (response) => response.destroy()],
    ["down", "silence", () => {}],
    ["down", "a redirect", (response) => response.writeHead(302, { location: "/elsewhere" }).end()],
  ])("sorts as %s: %s", async (failure, _, answer) => {
    await using telegram = await startTelegram(answer, SILENCE_MS);
    expect(await failureOf(telegram.bot.sendText({ chatId: 7, text: "hi" }))).toMatchObject({ failure });
    expect(telegram.calls).toHaveLength(1);
  });
});

describe("download", () => {
  const file =
    (path: string, answer: Answer): Answer =>
    (response, request) =>
      request.url?.startsWith("/file/")
        ? answer(response, request)
        : ok({ file_id: "f", file_path: path })(response, request);
  const load = async (bot: Bot) => buffer(await bot.download("f"));

  it("streams the file of the bot's folder", async () => {
    await using telegram = await startTelegram(file("photos/file 1.jpg", (response) => response.end("bytes")));
    expect((await load(telegram.bot)).toString()).toBe("bytes");
    expect(telegram.calls[1]?.path).toBe(`/file/bot${TOKEN}/photos/file%201.jpg`);
  });

  it.each([
    ["announced", { "content-length": 20 * MB + 1 }],
    ["not announced", {}],
  ])("stops past 20 MB, %s", async (_, headers) => {
    await using telegram = await startTelegram(
      file("a", (response) => {
        response.writeHead(200, headers);
        response.end(Buffer.alloc(20 * MB + 1));
      }),
    );
    const message = expect.stringContaining("20 MB");
    expect(await failureOf(load(telegram.bot))).toMatchObject({ failure: "rejected", message });
  });

  it.each(["../../other/secret", "/etc/passwd", "photos//x", "photos/./x"])("refuses a path like %s", async (path) => {
    await using telegram = await startTelegram(file(path, (response) => response.end("secret")));
    expect((await failureOf(telegram.bot.download("f"))).failure).toBe("rejected");
    expect(telegram.calls).toHaveLength(1);
  });

  it.each<[string, BotFailure, Answer]>([
    ["404", "rejected", (response) => response.writeHead(404).end()],
    ["502", "down", (response) => response.writeHead(502).end()],
    [
      "a cut body",
      "down",
      (response) => {
        response.writeHead(200, { "content-length": 100 });
        response.write("x", () => response.destroy());
      },
    ],
    ["a body that never ends", "down", (response) => void response.write("x")],
  ])("sorts %s as %s", async (_, failure, answer) => {
    await using telegram = await startTelegram(file("a", answer), SILENCE_MS);
    expect((await failureOf(load(telegram.bot))).failure).toBe(failure);
  });
});

describe("the token", () => {
  const isSecret = (error: unknown) => inspect(error, { depth: 20, showHidden: true }).includes("canaryCanary");

  it("would be seen by this test", () => {
    expect(isSecret(new Error("x", { cause: new Error(`http://h/bot${TOKEN}/getMe`) }))).toBe(true);
  });

  it.each([
    ["a refused connection", "http://127.0.0.1:1"],
    ["a name that does not exist", "http://no-such-host.invalid"],
    ["a root that is no address", "not an address"],
    ["another scheme", "ftp://127.0.0.1"],
  ])("is in no error of %s", async (_, apiRoot) => {
    const bot = createGrammyBot({ token: TOKEN, apiRoot, media, timeoutMs: SILENCE_MS });
    const photo = { chatId: 1, photoKeys: ["a.jpg"], caption: "" };
    for (const run of [() => bot.getMe(), () => bot.sendPhotos(photo), () => bot.download("f")]) {
      const error = await failureOf(run());
      expect(error.failure).toBe("down");
      expect(isSecret(error)).toBe(false);
    }
  });

  it.each<[string, Answer]>([
    [
      "an answer that quotes the address",
      (response, request) => refusal(404, `Not Found: ${request.url}`)(response, request),
    ],
    ["a page that quotes the address", (response, request) => response.end(`<html>${request.url}</html>`)],
    ["a redirect", (response, request) => response.writeHead(307, { location: `/x${request.url}` }).end()],
    [
      "a file that is not there",
      (response, request) =>
        request.url?.startsWith("/file/") ? response.destroy() : ok({ file_path: "a" })(response, request),
    ],
  ])("is in no error of %s", async (_, answer) => {
    await using telegram = await startTelegram(answer);
    expect(isSecret(await failureOf(telegram.bot.download("f")))).toBe(false);
  });
});
