import type { ForumTopic } from "grammy/types";
import { describe, expect, test } from "vitest";
import type { WorldEvent } from "./control.ts";
import { startSandbox } from "./sandbox.ts";
import { callRaw, findUser, groupId, makePng, openDialog } from "./testing.ts";
import { serve, useSandbox } from "./use-sandbox.ts";

const sandbox = await useSandbox({ mintAppToken: async (userId) => `token-of-${userId}` });

async function control(path: string, body?: unknown, headers: Record<string, string> = {}) {
  const init = body === undefined ? {} : { method: "POST", body: JSON.stringify(body) };
  const response = await fetch(`${sandbox.origin}/control/${path}`, { ...init, headers });
  return { status: response.status, body: JSON.parse(await response.text()) };
}

/** Reads server-sent events one after another. */
async function watch(): Promise<{ next(): Promise<WorldEvent>; stop(): void }> {
  const aborting = new AbortController();
  const response = await fetch(`${sandbox.origin}/control/events`, { signal: aborting.signal });
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  let buffer = "";
  const next = async (): Promise<WorldEvent> => {
    for (;;) {
      const end = buffer.indexOf("\n\n");
      if (end >= 0) {
        const line = buffer.slice("data: ".length, end);
        buffer = buffer.slice(end + 2);
        return JSON.parse(line);
      }
      const chunk = await reader?.read();
      if (chunk === undefined || chunk.done) throw new Error("The stream ended");
      buffer += chunk.value;
    }
  };
  return { next, stop: () => aborting.abort() };
}

describe("the control API", () => {
  test("world returns users, bot, group, devices, pushes and faults", async () => {
    const { status, body } = await control("world");
    expect(status).toBe(200);
    expect(body).toEqual(sandbox.world());
    const customers = [1, 2, 3, 4, 5].map((n) => `Demo customer ${n}`);
    const names = body.users.map((user: { name: string }) => user.name);
    expect(names).toEqual([...customers, "Agent A (demo)", "Agent B (demo)"]);
  });

  test("events begin with the world and follow every change", async () => {
    const events = await watch();
    expect(await events.next()).toEqual({ type: "world" });
    const chatId = openDialog(sandbox);
    expect(await events.next()).toMatchObject({ type: "message", message: { chatId, text: "/start" } });
    sandbox.setFaults({ delayMs: 1 });
    expect(await events.next()).toMatchObject({ type: "faults", faults: { delayMs: 1 } });
    sandbox.push.createDevice({ kind: "fcm", label: "Phone", userId: "u" });
    expect(await events.next()).toMatchObject({ type: "devices", devices: [{ label: "Phone" }] });
    const newId = sandbox.telegram.migrateGroup();
    expect((await events.next()).type).toBe("message");
    expect((await events.next()).type).toBe("message");
    expect(await events.next()).toEqual({ type: "group", chatId: newId });
    events.stop();
  });

  test("accepts messages as JSON and albums as multipart, and serves their photos", async () => {
    const { id } = findUser(sandbox, "customer");
    const sent = await control("telegram/messages", { userId: id, chatId: id, text: "hi" });
    expect(sent.body.messageIds).toHaveLength(1);
    const form = new FormData();
    form.set("json", JSON.stringify({ userId: id, chatId: id, text: "two" }));
    for (const width of [30, 40]) form.append("photo", new Blob([new Uint8Array(makePng(width, 20))]), "p.png");
    const response = await fetch(`${sandbox.origin}/control/telegram/messages`, { method: "POST", body: form });
    expect(JSON.parse(await response.text()).messageIds).toHaveLength(2);
    const last = sandbox.world().privateChats[0]?.messages.at(-1);
    expect(last).toMatchObject({ photo: { width: 40, height: 20 }, mediaGroupId: expect.any(String) });
    const file = await fetch(`${sandbox.origin}/control/telegram/files/${last?.photo?.fileUniqueId}`);
    expect(file.headers.get("content-type")).toBe("image/png");
    expect(Buffer.from(await file.arrayBuffer())).toEqual(makePng(40, 20));
  });

  test("edits, deletes a topic, migrates the group, launches and mints an app token", async () => {
    const userId = openDialog(sandbox);
    const messageId = sandbox.world().privateChats[0]?.messages[0]?.messageId;
    expect((await control("telegram/edit", { userId, chatId: userId, messageId, text: "new" })).body).toEqual({});
    expect(sandbox.world().privateChats[0]?.messages[0]?.text).toBe("new");

    const topic = await callRaw<ForumTopic>(sandbox, "createForumTopic", { chat_id: groupId(sandbox), name: "t" });
    const threadId = topic.body.result.message_thread_id;
    expect((await control("telegram/delete-topic", { threadId })).body).toEqual({});
    expect(sandbox.world().group.topics).toEqual([]);

    expect((await control("telegram/migrate-group", {})).body).toEqual({ chatId: groupId(sandbox) });
    expect((await control("telegram/launch", { userId })).body.fragment).toMatch(/^tgWebAppData=query_id/);
    expect((await control("app/token", { userId: "u7" })).body).toEqual({ token: "token-of-u7" });
  });

  test("devices, faults, clear and reset return the changed state", async () => {
    const device = await control("push/devices", { kind: "webpush", label: "B", userId: "u" });
    expect(device.body).toMatchObject({ kind: "webpush", state: "active", subscription: { keys: {} } });
    expect(device.body.subscription.endpoint).toMatch(sandbox.origin);
    const faults = await control("faults", { floodWaitSeconds: 60, pushStatus: 429 });
    expect(faults.body).toMatchObject({ floodUntil: expect.any(String), pushStatus: 429, telegramDown: false });
    expect((await control("push/clear", {})).body).toEqual({});
    const world = await control("reset", {});
    expect(world.body).toMatchObject({ devices: [], faults: { floodUntil: null, pushStatus: null } });
  });

  test.each([
    ["an unknown control", "telepathy", {}, 404],
    ["a missing member", "telegram/messages", { text: "x" }, 400],
    ["an unknown user", "telegram/messages", { userId: 1, chatId: 1, text: "x" }, 404],
    ["an unknown switch", "faults", { onFire: true }, 400],
    ["a switch out of range", "faults", { serverErrorPercent: 101 }, 400],
    ["a body that is no object", "faults", [], 400],
    ["an unknown kind of device", "push/devices", { kind: "pager", label: "x", userId: "u" }, 400],
  ])("rejects %s with a reason", async (_case, path, body, status) => {
    const answer = await control(path, body);
    expect(answer.status).toBe(status);
    expect(answer.body).toEqual({ error: expect.stringMatching(/\w+/) });
  });

  test("rejects a page of another origin", async () => {
    expect((await control("reset", {}, { origin: "https://evil.example" })).status).toBe(403);
    expect((await control("reset", {}, { origin: sandbox.origin })).status).toBe(200);
  });
});

test("handleControl serves the same API inside another server", async () => {
  const origin = await serve((request, response) => {
    void sandbox.handleControl(request, response, (request.url ?? "").slice("/sandbox/api/".length));
  });
  const response = await fetch(`${origin}/sandbox/api/world`);
  expect(JSON.parse(await response.text())).toEqual(sandbox.world());
});

test("app/token answers 404 when no backend mints tokens", async () => {
  const bare = await startSandbox();
  const response = await fetch(`${bare.origin}/control/app/token`, { method: "POST", body: '{"userId":"u"}' });
  expect(response.status).toBe(404);
  await bare.close();
});

test("until rejects with its condition after the timeout", async () => {
  await expect(sandbox.until(() => sandbox.calls.length > 99, 30)).rejects.toThrow("sandbox.calls.length > 99");
});
