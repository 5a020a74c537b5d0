import { generateKeyPairSync } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { ForumTopic, Update } from "grammy/types";
import { afterEach, beforeEach, describe, expect, onTestFinished, test, vi } from "vitest";
import type { Sandbox } from "./sandbox.ts";
import { startSandbox } from "./sandbox.ts";
import { callRaw, groupId, makePhoto, openDialog } from "./testing.ts";

let directory: string;
let stateFile: string;
let warnings: string[];
const warn = (message: string) => warnings.push(message);

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "sandbox-"));
  stateFile = join(directory, "deep", "world.json");
  warnings = [];
});
afterEach(() => rmSync(directory, { recursive: true }));

describe("a state file", () => {
  test("restores the world, its keys, ids, files and unconfirmed updates after a restart", async () => {
    const before = await startSandbox({ stateFile });
    const chatId = openDialog(before);
    before.telegram.sendAsUser({ userId: chatId, chatId, text: "pic" }, { photos: [makePhoto()] });
    await callRaw<ForumTopic>(before, "createForumTopic", { chat_id: groupId(before), name: "Anna" });
    before.telegram.migrateGroup();
    const device = before.push.createDevice({ kind: "webpush", label: "B", userId: "u" });
    const updates = (await callRaw<Update[]>(before, "getUpdates")).body.result;
    const remembered = (sandbox: Sandbox) =>
      JSON.stringify([sandbox.world(), sandbox.env, sandbox.fcm.serviceAccount])
        .replaceAll(sandbox.origin, "ORIGIN")
        .replaceAll(sandbox.env.TELEGRAM_DC, "DC");
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

  test("is readable by its owner only, and so are its files", async () => {
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

  test("is written soon after a change without a close", async () => {
    const first = await startSandbox({ stateFile });
    const chatId = openDialog(first);
    await expect.poll(() => existsSync(stateFile)).toBe(true);
    const second = await startSandbox({ stateFile });
    expect(second.world().privateChats[0]?.userId).toBe(chatId);
    await second.close();
    await first.close();
  });
});

const KEYS = {
  serviceAccount: generateKeyPairSync("rsa", {
    modulusLength: 2048,
    publicKeyEncoding: { type: "spki", format: "pem" },
    privateKeyEncoding: { type: "pkcs8", format: "pem" },
  }).privateKey,
  hmac: "00".repeat(32),
};

/** A file that the version of 2026-11-28 wrote (one flat state, version 1), but for its keys, which the repository does not hold. */
function flatState() {
  const state = JSON.parse(readFileSync(new URL("state-file.fixture.txt", import.meta.url), "utf8"));
  return { ...state, keys: KEYS, bot: { ...state.bot, token: "7000000001:AAtoken" } };
}

function writeState(content: string): void {
  mkdirSync(dirname(stateFile), { recursive: true });
  writeFileSync(stateFile, content);
}

/** The file of a world that has one photo, one device and one issued token epoch, and a part of a module unknown here. */
async function writeParts(): Promise<{ modules: Record<string, { version: number; state: Record<string, unknown> }> }> {
  const sandbox = await startSandbox({ stateFile });
  openDialog(sandbox);
  sandbox.push.createDevice({ kind: "fcm", label: "Phone", userId: "u1" });
  await sandbox.close();
  return JSON.parse(readFileSync(stateFile, "utf8"));
}

/** Starts once more from the file, and ends. */
async function restart(): Promise<Sandbox> {
  const sandbox = await startSandbox({ stateFile, warn });
  await sandbox.close();
  return sandbox;
}

const keptFiles = () => readdirSync(dirname(stateFile)).filter((name) => name.includes(".unreadable-"));

describe("an older or unreadable state file", () => {
  test("upgrades the flat file of the version before modules, with keys, ids, photos and updates", async () => {
    const flat = flatState();
    writeState(JSON.stringify(flat));
    mkdirSync(`${stateFile}.files`);
    writeFileSync(join(`${stateFile}.files`, flat.files[0].unique), makePhoto().bytes);
    await restart();
    const sandbox = await startSandbox({ stateFile, warn });
    const { privateChats, group, liveGroup, devices, pushes } = sandbox.world();
    expect(privateChats[0]?.messages).toMatchObject([
      { text: "/start" },
      { text: "Here it is", photo: { width: 400 } },
    ]);
    expect(group.topics.map(({ name }) => name)).toEqual(["Live alerts (demo)", "Demo customer 1"]);
    expect(liveGroup.topics.map(({ name }) => name)).toEqual(["Live", "News", "Results"]);
    expect(devices).toMatchObject([
      { kind: "fcm", token: flat.devices[0].token },
      { kind: "webpush", label: "Browser", state: "gone" },
      { kind: "webpush", label: "Other browser", state: "active" },
    ]);
    expect(pushes).toMatchObject([{ id: "1", title: "New message", collapseKey: "conv-1" }]);
    expect(sandbox.env.TELEGRAM_BOT_TOKEN).toBe("7000000001:AAtoken");
    expect(sandbox.fcm.serviceAccount.private_key).toBe(KEYS.serviceAccount);
    const photo = privateChats[0]?.messages.at(-1)?.photo;
    const file = await fetch(`${sandbox.origin}/control/telegram/files/${photo?.fileUniqueId}`);
    expect(Buffer.from(await file.arrayBuffer())).toEqual(makePhoto().bytes);
    expect((await callRaw<Update[]>(sandbox, "getUpdates")).body.result).toEqual(flat.updates);
    const chatId = privateChats[0]?.userId ?? 0;
    expect(sandbox.telegram.sendAsUser({ userId: chatId, chatId, text: "next" }).messageIds).toEqual([
      flat.next.dialogMessageId,
    ]);
    await sandbox.close();
    expect([warnings, keptFiles()]).toEqual([[], []]);
    const { modules } = JSON.parse(readFileSync(stateFile, "utf8"));
    expect(modules.push.state.nextPushId).toBe(flat.next.pushId);
    expect(modules.fcm.state).toEqual({
      serviceAccountKey: KEYS.serviceAccount,
      tokenSecret: KEYS.hmac,
      accessTokenEpoch: 2,
    });
  });

  test("adds the live group to a world that had none", async () => {
    const { modules } = await writeParts();
    const { liveGroup: _new, ...state } = modules.telegram?.state ?? {};
    writeState(JSON.stringify({ modules: { ...modules, telegram: { version: 1, state } } }));
    const { privateChats, liveGroup } = (await restart()).world();
    expect([privateChats.length, liveGroup.topics.length, warnings]).toEqual([1, 3, []]);
  });

  test.each<[string, { version?: unknown; state?: Record<string, unknown> }, string]>([
    ["has a newer version", { version: 3 }, "version 3 is newer than 2"],
    ["lacks a member", { state: { users: undefined } }, "users: Invalid input"],
    ["has a member of another type", { state: { privateChats: {} } }, "privateChats: Invalid input"],
    ["has an entry of another type", { state: { privateChats: [null] } }, "privateChats: 0: Invalid input"],
    ["has no version", { version: null }, "no state in it"],
  ])("resets one module and keeps the old file when its part %s", async (_case, spoilt, reason) => {
    const { modules } = await writeParts();
    const telegram = { ...modules.telegram, ...spoilt, state: { ...modules.telegram?.state, ...spoilt.state } };
    const content = JSON.stringify({ modules: { ...modules, telegram } });
    writeState(content);
    expect((await restart()).world()).toMatchObject({ privateChats: [], devices: [{ label: "Phone" }] });
    const [kept = ""] = keptFiles();
    expect(readFileSync(join(dirname(stateFile), kept), "utf8")).toBe(content);
    expect((statSync(join(dirname(stateFile), kept)).mode & 0o777).toString(8)).toBe("600");
    expect(warnings).toEqual([expect.stringMatching(/Cannot read the part "telegram" in .*; it starts anew/)]);
    expect(warnings[0]).toContain(reason);
    expect(warnings[0]).toContain(kept);
    await restart();
    expect([warnings.length, keptFiles().length]).toEqual([1, 1]);
  });

  test("resets FCM when its key cannot be read", async () => {
    const file = await writeParts();
    Object.assign(file.modules.fcm?.state ?? {}, { serviceAccountKey: "broken" });
    writeState(JSON.stringify(file));
    expect((await restart()).fcm.serviceAccount.private_key).toContain("PRIVATE KEY");
    expect(warnings).toEqual([expect.stringMatching(/Cannot read the part "fcm" in .*DECODER/)]);
  });

  test("upgrades the readable parts of a flat file whose other parts are broken", async () => {
    writeState(JSON.stringify({ ...flatState(), devices: "none", accessTokenEpoch: null }));
    const world = (await restart()).world();
    expect(world).toMatchObject({ privateChats: [{ userId: 6_000_000_001 }, {}], devices: [] });
    expect(warnings.map((warning) => /"(\w+)" in/.exec(warning)?.[1])).toEqual(["push", "fcm"]);
    expect(keptFiles()).toHaveLength(1);
  });

  test.each(["", "{", "[]", '"text"'])(
    "starts a new world and keeps the old file when it holds %j",
    async (content) => {
      writeState(content);
      expect((await restart()).world()).toMatchObject({ privateChats: [], devices: [] });
      expect(keptFiles().map((name) => readFileSync(join(dirname(stateFile), name), "utf8"))).toEqual([content]);
      expect(warnings).toEqual([expect.stringContaining("not a JSON object")]);
    },
  );

  test("preserves the part of an unknown module", async () => {
    const { modules } = await writeParts();
    const pager = { version: 3, state: { beeps: 7 } };
    writeState(JSON.stringify({ modules: { ...modules, pager } }));
    await restart();
    expect(JSON.parse(readFileSync(stateFile, "utf8")).modules.pager).toEqual(pager);
    expect(warnings).toEqual([]);
  });

  test("keeps the world in memory when an unreadable file cannot be copied", async () => {
    writeState("broken");
    const now = new Date("2026-11-28T16:00:00.000Z");
    vi.useFakeTimers({ now, toFake: ["Date"] });
    onTestFinished(() => void vi.useRealTimers());
    mkdirSync(`${stateFile}.unreadable-2026-11-28T160000.000Z`);
    await restart();
    expect(readFileSync(stateFile, "utf8")).toBe("broken");
    expect(warnings).toEqual([expect.stringMatching(/nor keep a copy .* in memory only/)]);
  });

  test("keeps the world in memory when the path cannot be read", async () => {
    mkdirSync(join(stateFile, "inner"), { recursive: true });
    const sandbox = await startSandbox({ stateFile, warn });
    expect(openDialog(sandbox)).toBeGreaterThan(0);
    await sandbox.close();
    expect(readdirSync(stateFile)).toEqual(["inner"]);
    expect(warnings).toEqual([expect.stringMatching(/Cannot read .* in memory only/)]);
  });
});
