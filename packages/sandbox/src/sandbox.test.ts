import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ForumTopic, Message, Update } from "grammy/types";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Sandbox } from "./sandbox.ts";
import { startSandbox } from "./sandbox.ts";
import { callRaw, findUser, groupId, makePhoto, openDialog } from "./testing.ts";

let directory: string;
let stateFile: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "sandbox-"));
  stateFile = join(directory, "deep", "world.json");
});
afterEach(() => rmSync(directory, { recursive: true }));

describe("a state file", () => {
  test("brings back the world, its keys, ids, files and unconfirmed updates after a restart", async () => {
    const before = await startSandbox({ stateFile, demo: true });
    const chatId = openDialog(before);
    before.telegram.sendAsUser({ userId: chatId, chatId, text: "pic" }, { photos: [makePhoto()] });
    await callRaw<ForumTopic>(before, "createForumTopic", { chat_id: groupId(before), name: "Anna" });
    before.telegram.migrateGroup();
    const device = before.push.createDevice({ kind: "webpush", label: "B", userId: "u" });
    const updates = (await callRaw<Update[]>(before, "getUpdates")).body.result;
    const remembered = (sandbox: Sandbox) =>
      JSON.stringify([sandbox.world(), sandbox.env, sandbox.serviceAccount]).replaceAll(sandbox.origin, "ORIGIN");
    await before.close();

    const after = await startSandbox({ stateFile });
    expect(remembered(after)).toBe(remembered(before));
    expect(after.world().devices).toMatchObject([{ id: device.id, label: "B" }]);
    expect((await callRaw<Update[]>(after, "getUpdates")).body.result).toEqual(updates);
    const photo = after.world().privateChats[0]?.messages.at(-1)?.photo;
    const file = await fetch(`${after.origin}/control/telegram/files/${photo?.fileUniqueId}`);
    expect(Buffer.from(await file.arrayBuffer())).toEqual(makePhoto().bytes);
    await after.close();
  });

  test("and its files can be read by their owner only", async () => {
    const sandbox = await startSandbox({ stateFile });
    const chatId = openDialog(sandbox);
    sandbox.telegram.sendAsUser({ userId: chatId, chatId, text: "" }, { photos: [makePhoto()] });
    await sandbox.close();
    const [photo = ""] = readdirSync(`${stateFile}.files`);
    for (const path of [stateFile, join(`${stateFile}.files`, photo)]) {
      expect((statSync(path).mode & 0o777).toString(8)).toBe("600");
    }
    expect(readdirSync(join(directory, "deep")).sort()).toEqual(["world.json", "world.json.files"]);
  });

  test("is written soon after a change, without a close", async () => {
    const first = await startSandbox({ stateFile });
    const chatId = openDialog(first);
    await expect.poll(() => readdirSync(join(directory, "deep")).includes("world.json")).toBe(true);
    const second = await startSandbox({ stateFile });
    expect(second.world().privateChats[0]?.userId).toBe(chatId);
    await second.close();
    await first.close();
  });

  test("of another version is refused, not overwritten", async () => {
    const path = join(directory, "foreign.json");
    writeFileSync(path, '{"version":2}');
    await expect(startSandbox({ stateFile: path })).rejects.toThrow("not a sandbox state of version 1");
    expect(statSync(path).size).toBe(13);
  });
});

test("reset empties the world but never gives out an id twice", async () => {
  const sandbox = await startSandbox();
  const { id } = findUser(sandbox, "customer");
  const say = () => sandbox.telegram.sendAsUser({ userId: id, chatId: id, text: "hi" }).messageIds[0] ?? 0;
  const first = say();
  const [update] = (await callRaw<Update[]>(sandbox, "getUpdates")).body.result;
  const { env } = sandbox;
  sandbox.reset();
  expect(sandbox.world()).toMatchObject({ privateChats: [], devices: [], pushes: [] });
  expect(sandbox.calls).toEqual([]);
  expect(sandbox.env).toEqual(env);
  expect(say()).toBeGreaterThan(first);
  const [next] = (await callRaw<Update[]>(sandbox, "getUpdates")).body.result;
  expect(next?.update_id).toBeGreaterThan(update?.update_id ?? Number.NaN);
  await sandbox.close();
});

test("a demo world begins with a topic for announcements, and reset keeps it", async () => {
  const sandbox = await startSandbox({ demo: true });
  sandbox.reset();
  const topic = Number(sandbox.env.TELEGRAM_LIVE_TOPIC_ID);
  const params = { chat_id: sandbox.env.TELEGRAM_CHAT_ID, message_thread_id: topic, text: "Goal!" };
  expect((await callRaw<Message>(sandbox, "sendMessage", params)).body.result).toMatchObject({
    message_thread_id: topic,
    reply_to_message: { forum_topic_created: { name: "Live alerts (demo)" } },
  });
  await sandbox.close();
});

test("a private chat keeps its newest 200 messages", async () => {
  const sandbox = await startSandbox();
  const { id } = findUser(sandbox, "customer");
  for (let n = 1; n <= 210; n += 1) sandbox.telegram.sendAsUser({ userId: id, chatId: id, text: String(n) });
  const messages = sandbox.world().privateChats[0]?.messages ?? [];
  expect([messages.length, messages[0]?.text, messages.at(-1)?.text]).toEqual([200, "11", "210"]);
  await sandbox.close();
});

test("close ends open streams and polls, and frees the port", async () => {
  const sandbox = await startSandbox();
  const events = await fetch(`${sandbox.origin}/control/events`);
  const polling = callRaw<Update[]>(sandbox, "getUpdates", { timeout: 30 }).catch((error: unknown) => error);
  await sandbox.until(() => sandbox.isPolling);
  await sandbox.close();
  expect(await polling).toBeInstanceOf(TypeError);
  expect(await events.text().catch(() => "cut")).toMatch(/cut|data: /);
  const again = await startSandbox({ port: Number(new URL(sandbox.origin).port) });
  expect(again.origin).toBe(sandbox.origin);
  await again.close();
});
