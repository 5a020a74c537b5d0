import { telegramSessions, telegramStores } from "@pult/db/schema/chats.ts";
import { eq } from "drizzle-orm";
import { beforeEach, expect, it } from "vitest";
import type { Context } from "../../context.ts";
import { ANONYMOUS, contextOf, keyWith, makeAgent, makeCustomer } from "../../testing/factories.ts";
import { FakeTelegram } from "../../testing/fake-telegram.ts";
import { describeOnDatabases } from "../../testing/test-deps.ts";
import type { QrEvent } from "../inputs.ts";
import { cancelLink, checkPassword, initLink, requestCode, signIn } from "./link.ts";
import { followQr } from "./qr.ts";
import { getSession, listSessions, setDefaultAccount } from "./sessions.ts";
import { shareAccount } from "./shares.ts";
import { sweepLinks } from "./sweep.ts";
import { unlinkAccount } from "./unlink.ts";

const NUMBER = "10000000001";
const CODE = "12345";
const PASSWORD = "correct horse";

const code = (name: string) => ({ key: `chats.${name}` });

describeOnDatabases("Linking a Telegram account", (world) => {
  let telegram: FakeTelegram;
  let ctx: Context;
  beforeEach(async () => {
    telegram = new FakeTelegram();
    world.deps.mtproto.clients = telegram;
    ctx = contextOf(world.deps, await makeAgent(world.deps));
  });

  async function codeRequested(phoneNumber = NUMBER) {
    const { sessionId } = await initLink(ctx, {});
    const asked = await requestCode(ctx, { sessionId, phoneNumber });
    return { sessionId, asked };
  }
  const signInWith = (sessionId: string, given = CODE, phoneCodeHash?: string) =>
    signIn(ctx, { sessionId, code: given, ...(phoneCodeHash ? { phoneCodeHash } : {}) });
  /** Another account for every number. */
  async function linked(phoneNumber = NUMBER) {
    world.deps.clock.advance(1_000);
    if (![...telegram.world.users.values()].some((one) => one.phoneNumber === phoneNumber))
      telegram.addUser({ phoneNumber });
    const { sessionId } = await codeRequested(phoneNumber);
    await signInWith(sessionId);
    return sessionId;
  }
  /** Numbers of the sessions that Telegram has. */
  const live = () =>
    [...telegram.sessions.values()].flatMap(({ userId }) => telegram.world.users.get(userId ?? 0)?.phoneNumber ?? []);
  const expire = (id: string) =>
    world.deps.db.update(telegramSessions).set({ status: "EXPIRED" }).where(eq(telegramSessions.id, id));

  it("goes by code, each step over a connection of its own, from what is stored sealed", async () => {
    const { id } = telegram.addUser({ phoneNumber: NUMBER, firstName: "Anna" });
    const { sessionId, asked } = await codeRequested();
    expect(asked).toEqual({ sessionId, phoneCodeHash: `hash-${id}`, timeout: 120, status: "CODE_REQUESTED" });
    expect(await getSession(ctx, { accountId: sessionId })).toMatchObject({
      status: "CODE_REQUESTED",
      phoneNumber: "+1000•••0001",
      user: null,
      isDefault: false,
    });
    expect(await signInWith(sessionId)).toMatchObject({
      sessionId,
      status: "AUTHORIZED",
      user: { id: String(id), isSelf: true, firstName: "Anna", phoneNumber: "+1000•••0001" },
    });
    expect([telegram.sessions.size, telegram.connections.length]).toEqual([1, 0]);
    // Updates are told from here on, whenever the account is connected.
    expect(await world.deps.db.select({ pts: telegramStores.pts }).from(telegramStores)).toEqual([{ pts: 1 }]);
    const secrets = [...telegram.sessions.keys(), NUMBER, `hash-${id}`];
    // What Telegram says of the account's own user stands with what it says of others.
    expect(await world.findWords(secrets)).toEqual([`telegram_chats: ${NUMBER}`]);
    expect(await world.listAudit("telegram.accountLinked")).toMatchObject([{ targetId: sessionId }]);
  });

  it("asks for the password where there is one, and takes a second try", async () => {
    telegram.addUser({ phoneNumber: NUMBER, firstName: "Anna", password: PASSWORD });
    const { sessionId } = await codeRequested();
    expect(await signInWith(sessionId)).toEqual({ sessionId, status: "PASSWORD_REQUIRED", hint: "As always, Anna" });
    await expect(signInWith(sessionId)).rejects.toMatchObject({ ...code("wrongStep"), code: "CONFLICT" });
    await expect(checkPassword(ctx, { sessionId, password: "x" })).rejects.toMatchObject(code("passwordInvalid"));
    expect(await checkPassword(ctx, { sessionId, password: PASSWORD })).toMatchObject({ status: "AUTHORIZED" });
  });

  it("refuses a code after five wrong ones, and another hash than the newest, until another is asked for", async () => {
    telegram.addUser({ phoneNumber: NUMBER });
    const { sessionId } = await codeRequested();
    for (let wrong = 0; wrong < 5; wrong++)
      await expect(signInWith(sessionId, "0")).rejects.toMatchObject(code("codeInvalid"));
    await expect(signInWith(sessionId)).rejects.toMatchObject(code("codeExpired"));
    await requestCode(ctx, { sessionId, phoneNumber: NUMBER });
    await expect(signInWith(sessionId, CODE, "an older one")).rejects.toMatchObject(code("codeExpired"));
    telegram.failNextWith("signIn", "down", "TIMEOUT");
    await expect(signInWith(sessionId)).rejects.toMatchObject(code("telegramFailed"));
    expect(await signInWith(sessionId)).toMatchObject({ status: "AUTHORIZED" });
  });

  it("tells what Telegram says of a number, a pause and its absence", async () => {
    const { sessionId } = await initLink(ctx, {});
    const ask = () => requestCode(ctx, { sessionId, phoneNumber: NUMBER });
    telegram.failNextWith("sendCode", "refused", "PHONE_NUMBER_BANNED");
    await expect(ask()).rejects.toMatchObject({ ...code("phoneInvalid"), params: { reason: "PHONE_NUMBER_BANNED" } });
    telegram.failNextWith("sendCode", "flood", "FLOOD_WAIT", 30);
    await expect(ask()).rejects.toMatchObject({ ...code("floodWait"), retryAfterSeconds: 30 });
    telegram.isAway = true;
    await expect(ask()).rejects.toMatchObject({ ...code("telegramFailed"), code: "UPSTREAM_FAILED" });
  });

  it("goes by a scanned code, whose connection ends with it", async () => {
    const { id } = telegram.addUser();
    const { sessionId } = await initLink(ctx, {});
    const events: QrEvent[] = [];
    for await (const event of followQr(ctx, { sessionId }, new AbortController().signal)) {
      events.push(event);
      if (event.type === "token") telegram.acceptLogin(event.url, id);
    }
    expect(events).toMatchObject([
      { type: "token", url: expect.stringMatching(/^tg:/), expiresAt: expect.stringMatching(/Z$/) },
      { type: "done", status: "AUTHORIZED", user: { id: String(id) } },
    ]);
    expect(telegram.connections).toEqual([]);
  });

  it("is gone when it is not finished in 15 minutes, or is given up", async () => {
    telegram.addUser({ phoneNumber: NUMBER });
    const { sessionId } = await codeRequested();
    world.deps.clock.advance(15 * 60_000 + 1);
    await expect(signInWith(sessionId)).rejects.toMatchObject({ code: "NOT_FOUND" });
    expect((await listSessions(ctx, { limit: 30 })).items).toEqual([]);
    await sweepLinks(ctx);
    expect(await world.countRows("telegram_sessions")).toBe(0);
    const other = await codeRequested();
    await cancelLink(ctx, { sessionId: other.sessionId });
    await expect(getSession(ctx, { accountId: other.sessionId })).rejects.toMatchObject({ code: "NOT_FOUND" });
  });

  it("links an expired account again, with new keys; one that is given up stays expired", async () => {
    const sessionId = await linked();
    await expect(requestCode(ctx, { sessionId, phoneNumber: NUMBER })).rejects.toMatchObject(code("wrongStep"));
    await expire(sessionId);
    await requestCode(ctx, { sessionId, phoneNumber: NUMBER });
    world.deps.clock.advance(15 * 60_000 + 1);
    expect(await getSession(ctx, { accountId: sessionId })).toMatchObject({ status: "EXPIRED" });
    await requestCode(ctx, { sessionId, phoneNumber: NUMBER });
    expect(await signInWith(sessionId)).toMatchObject({ status: "AUTHORIZED" });
    expect(await getSession(ctx, { accountId: sessionId })).toMatchObject({ status: "AUTHORIZED", isDefault: true });
  });

  it("replaces an earlier link of the same account, and takes over its place and shares", async () => {
    const first = await linked();
    await shareAccount(ctx, { accountId: first, role: "Admin", access: "read" });
    const second = await linked();
    await world.deps.background.idle();
    await expect(getSession(ctx, { accountId: first })).rejects.toMatchObject({ code: "NOT_FOUND" });
    expect((await listSessions(ctx, { limit: 30 })).items).toMatchObject([
      { id: second, isDefault: true, isShared: true },
    ]);
    expect(live()).toEqual([NUMBER]);
    expect(await world.countRows("telegram_stores")).toBe(1);
  });

  it("ends at Telegram when it is unlinked; the oldest remaining account becomes the default", async () => {
    const first = await linked();
    const second = await linked("10000000002");
    const third = await linked("10000000003");
    await setDefaultAccount(ctx, { accountId: third });
    await unlinkAccount(ctx, { accountId: third, purge: true });
    await world.deps.background.idle();
    expect(live()).toEqual([NUMBER, "10000000002"]);
    expect((await listSessions(ctx, { limit: 30 })).items.map(({ id, isDefault }) => [id, isDefault])).toEqual([
      [first, true],
      [second, false],
    ]);
    expect(await world.countRows("telegram_stores")).toBe(2);
  });

  it("is seen by its owner, by whom it is shared with, and by servers, in pages", async () => {
    const accountId = await linked();
    await linked("10000000002");
    const page = await listSessions(ctx, { limit: 1 });
    expect(page).toMatchObject({ items: [{ id: accountId }], hasMore: true, totalCount: 2 });
    const last = await listSessions(ctx, { limit: 1, offsetId: page.nextOffsetId ?? "" });
    expect(last).toMatchObject({ hasMore: false, totalCount: 2, nextOffsetId: null });
    const other = contextOf(world.deps, await makeAgent(world.deps, { role: "Admin" }));
    const seenBy = async (one: Context) => (await listSessions(one, { limit: 30 })).items.map(({ id }) => id);
    expect(await seenBy(other)).toEqual([]);
    await shareAccount(ctx, { accountId, role: "Admin", access: "read" });
    expect(await seenBy(other)).toEqual([accountId]);
    expect(await getSession(other, { accountId })).toMatchObject({ isDefault: false, isShared: true });
    await expect(unlinkAccount(other, { accountId, purge: false })).rejects.toMatchObject(code("ownerOnly"));
    expect(await seenBy(contextOf(world.deps, keyWith("chats:read")))).toHaveLength(2);
    await shareAccount(ctx, { accountId, role: "Admin", access: null });
    expect(await seenBy(other)).toEqual([]);
    await expect(seenBy(contextOf(world.deps, ANONYMOUS))).rejects.toMatchObject({ code: "UNAUTHORIZED" });
  });

  it("by a key belongs to the app user that the key names, else to the installation", async () => {
    const key = contextOf(world.deps, keyWith("chats:write"));
    const app = makeCustomer({ proof: { kind: "token", expiresAt: new Date("2100-01-01") } });
    const { sessionId } = await initLink(key, { ownerId: app.externalId });
    await initLink(key, {});
    const seen = await listSessions(contextOf(world.deps, app), { limit: 30 });
    expect(seen.items.map(({ id }) => id)).toEqual([sessionId]);
    expect((await listSessions(key, { limit: 30 })).totalCount).toBe(2);
  });
});
