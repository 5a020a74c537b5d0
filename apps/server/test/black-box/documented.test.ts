import { SAMPLE_PHOTOS } from "@pult/api/testing/sample-photos.ts";
import { beforeAll, describe, expect, test } from "vitest";
import { WebSocket } from "ws";
import { readFrames, readTranscripts, toPattern } from "../../src/gateways/support/transcripts/transcript.ts";
import { call, historyOf, sendMessage, sendPhotos, writtenBy } from "../support/calls.ts";
import { openInstallation } from "../support/installation.ts";
import { Mailbox } from "../support/mailbox.ts";
import { mainCell } from "../support/matrix.ts";
import { textsOf, topicOf } from "../support/support-group.ts";
import { useServer } from "../support/use-server.ts";

describe.each(mainCell())("As documented, on %s", (_name, cell) => {
  const server = useServer(() => openInstallation({ ...cell, legacyAuth: "open" }));
  beforeAll(async () => {
    // Of the customer of the last transcript: one message with a photo, and today's greeting before it.
    await historyOf(server, "987654321");
    const fields = { user_id: "987654321", message: "Текст" };
    await sendPhotos(server, fields, { photos: [{ bytes: SAMPLE_PHOTOS.jpeg }] });
  });

  test.each(readTranscripts())("$name", async ({ method, path, contentType, body, status, served }) => {
    const photo = Buffer.from(SAMPLE_PHOTOS.jpeg);
    const [before = "", after] = (body ?? "").split("{{photo}}");
    const raw =
      after === undefined ? Buffer.from(before) : Buffer.concat([Buffer.from(before), photo, Buffer.from(after)]);
    const answer = await call(server, path, {
      method,
      ...(contentType === null ? {} : { headers: { "content-type": contentType }, raw: new Uint8Array(raw) }),
    });
    expect(answer.text).toMatch(toPattern(served));
    expect(answer.status).toBe(status);
    expect(answer.headers.get("content-type")).toBe("application/json; charset=utf-8");
  });

  test("socket.txt, frame by frame over a bare WebSocket", async () => {
    const socket = new WebSocket(`${server.origin.replace("http", "ws")}/socket.io/?EIO=4&transport=websocket`);
    const frames = new Mailbox<string>();
    socket.on("message", (data) => frames.push(String(data)));
    let heard = 0;
    for (const { from, text } of readFrames()) {
      if (from === "client") socket.send(text);
      else if (from === "rest") await sendMessage(server, JSON.parse(text));
      else {
        const frame = await frames.until((all) => all[heard]);
        expect(frame).toMatch(toPattern(text));
        heard += 1;
      }
    }
    expect(frames.all).toHaveLength(heard);
    socket.close();
  });

  test("greets a customer once per UTC day when requests are concurrent, and opens no topic", async () => {
    const asked = await Promise.all(
      Array.from({ length: 8 }, () => call(server, "/message_history/greet-1?user_name=%D0%9E%D0%BB%D1%8F")),
    );
    expect(asked.filter(({ body }) => body.greeting_sent).length).toBe(1);
    const again = await call(server, "/message_history/greet-1?user_name=%D0%9E%D0%BB%D1%8F");
    expect(again.body.greeting_sent).toBe(false);
    expect(again.body.messages?.map(({ message, direction }) => [message, direction])).toEqual([
      ["Здравствуйте, Оля!", "support"],
    ]);
    const nameless = await call(server, "/message_history/greet-2");
    expect(nameless.body.messages?.map(({ message }) => message)).toEqual(["Здравствуйте!"]);
    await sendMessage(server, { user_id: "greet-3", user_name: "Greet Three", message: "Hello" });
    await topicOf(server.sandbox, "Greet Three");
    expect(server.sandbox.world().group.topics.map(({ name }) => name)).not.toContain("Оля");
  });

  test("counts devices: one token once, a device's new token replaces its old, a moved token moves", async () => {
    const register = async (json: Record<string, string>) =>
      (await call(server, "/register_device", { json })).body.device_count;
    const none = { user_id: "dev-1", registered: false, device_count: 0, has_tokens: false };
    expect((await call(server, "/check_device/dev-1")).body).toEqual(none);
    expect(await register({ user_id: "dev-1", fcm_token: "a", device_id: "phone" })).toBe(1);
    expect(await register({ user_id: "dev-1", fcm_token: "a", device_id: "phone" })).toBe(1);
    expect(await register({ user_id: "dev-1", fcm_token: "b", device_id: "tablet" })).toBe(2);
    expect(await register({ user_id: "dev-1", fcm_token: "c", device_id: "phone" })).toBe(2);
    expect(await register({ user_id: "dev-2", fcm_token: "b", device_id: "tablet" })).toBe(1);
    expect((await call(server, "/check_device/dev-1")).body).toMatchObject({ registered: true, device_count: 1 });
  });

  test("history: the newest, oldest first, each id once and growing", async () => {
    for (let n = 1; n <= 5; n++) await sendMessage(server, { user_id: "page-1", message: `${n}` });
    const all = await historyOf(server, "page-1");
    expect(await writtenBy(server, "page-1")).toEqual(["1", "2", "3", "4", "5"]);
    const ids = all.map(({ message_id }) => message_id);
    expect(ids).toEqual([...new Set(ids)].sort((a, b) => a - b));
    const newest = await historyOf(server, "page-1", { limit: 2 });
    expect(newest).toEqual(all.slice(-2));
  });

  test("20,000 characters: whole in history, in parts and in order in Telegram", async () => {
    const words = Array.from({ length: 2_857 }, (_, at) => String(at).padStart(6, "0"));
    const text = words.join(" ");
    expect((await sendMessage(server, { user_id: "long-1", user_name: "Long One", message: text })).status).toBe(200);
    expect(await writtenBy(server, "long-1")).toEqual([text]);
    const topic = await topicOf(server.sandbox, "Long One");
    const parts = await server.sandbox.until(() => {
      const texts = textsOf(server.sandbox, topic.threadId);
      return texts.join(" ").length >= text.length && texts;
    });
    expect(parts.join(" ")).toBe(text);
    expect(Math.max(...parts.map(({ length }) => length))).toBeLessThanOrEqual(4096);
  });

  test.each([
    ["emoji", "👩‍👩‍👧‍👦 family 🏳️‍🌈 flag 🇩🇪 1️⃣"],
    ["right to left", "שלום, מה שלומך؟ مرحبا 123 \u202Eabc\u202C"],
    ["markup", "<b>bold</b> *star* _under_ [link](https://example.com) &amp; `code`"],
    ["SQL and JSON", `'; drop table messages; -- {"a":"\\u0000"} \\ "quoted"`],
    ["lines and combining marks", "e\u0301 \r\n\ttab\n\nend"],
  ])("%s arrive as written, in history and in the group", async (what, text) => {
    const userId = `text-${what}`;
    await sendMessage(server, { user_id: userId, user_name: userId, message: text });
    expect(await writtenBy(server, userId)).toEqual([text]);
    const topic = await topicOf(server.sandbox, userId);
    await server.sandbox.until(() => textsOf(server.sandbox, topic.threadId).length > 0);
    expect(textsOf(server.sandbox, topic.threadId)).toEqual([text.trim()]);
  });

  test("a NUL is dropped and a lone surrogate replaced: nothing that cannot be stored is refused or stored", async () => {
    const answer = await call(server, "/send_message", { json: { user_id: "odd-1", message: "a\u0000b\ud83dc" } });
    expect(answer.status).toBe(200);
    expect(await writtenBy(server, "odd-1")).toEqual(["ab\ufffdc"]);
  });

  test("user ids of any script and with slashes, encoded in the path", async () => {
    for (const userId of ["Иван/Петров", "a b?c#d%e", "😀", "../x", "'\"<>"]) {
      await sendMessage(server, { user_id: userId, message: `of ${userId}` });
      expect(await writtenBy(server, userId)).toEqual([`of ${userId}`]);
    }
  });

  test("form-urlencoded is read like the form", async () => {
    const raw = new URLSearchParams({ user_id: "url-1", message: "a&b=c +" }).toString();
    const headers = { "content-type": "application/x-www-form-urlencoded" };
    expect((await call(server, "/send_message", { raw, headers })).status).toBe(200);
    expect(await writtenBy(server, "url-1")).toEqual(["a&b=c +"]);
  });

  describe("a repeated send", () => {
    test("with the same client_id and content is answered alike and stored once, also at the same moment", async () => {
      const body = { user_id: "once-1", message: "Once", client_id: "c-1" };
      const answers = await Promise.all(Array.from({ length: 6 }, () => sendMessage(server, body)));
      expect(new Set(answers.map(({ text }) => text)).size).toBe(1);
      expect((await sendMessage(server, body)).text).toBe(answers[0]?.text);
      expect(await writtenBy(server, "once-1")).toEqual(["Once"]);
    });

    test("with other content is 409 and stores nothing", async () => {
      await sendMessage(server, { user_id: "once-2", message: "First", client_id: "c-1" });
      const other = await sendMessage(server, { user_id: "once-2", message: "Second", client_id: "c-1" });
      expect([other.status, other.body.success]).toEqual([409, false]);
      const fields = { user_id: "once-2", message: "First", client_id: "c-1" };
      const files = server.uploads();
      expect((await sendPhotos(server, fields, { photos: [{ bytes: SAMPLE_PHOTOS.png }] })).status).toBe(409);
      expect(server.uploads()).toEqual(files);
      expect(await writtenBy(server, "once-2")).toEqual(["First"]);
    });

    test("with photos keeps one set of files; another photo is 409", async () => {
      const send = (bytes: Uint8Array) =>
        sendPhotos(server, { user_id: "once-3", message: "", client_id: "c-1" }, { photos: [{ bytes }] });
      const first = await send(SAMPLE_PHOTOS.jpeg);
      const files = server.uploads();
      expect((await send(SAMPLE_PHOTOS.jpeg)).text).toBe(first.text);
      expect((await send(SAMPLE_PHOTOS.gif)).status).toBe(409);
      expect(server.uploads()).toEqual(files);
      expect(await writtenBy(server, "once-3")).toHaveLength(1);
    });

    test("Idempotency-Key does the same, and equal keys of two customers are two", async () => {
      const headers = { "idempotency-key": "key-1" };
      const send = (user_id: string, message: string) => sendMessage(server, { user_id, message }, { headers });
      const first = await send("once-4", "Once");
      expect((await send("once-4", "Once")).text).toBe(first.text);
      expect((await send("once-4", "Other")).status).toBe(409);
      expect((await send("once-5", "Other")).status).toBe(200);
      expect(await writtenBy(server, "once-4")).toEqual(["Once"]);
      expect(await writtenBy(server, "once-5")).toEqual(["Other"]);
    });
  });
});
