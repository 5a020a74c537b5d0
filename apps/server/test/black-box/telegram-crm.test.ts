import { SAMPLE_PHOTOS } from "@pult/api/testing/sample-photos.ts";
import { io, type Socket } from "socket.io-client";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Installation, mintToken, openInstallation } from "../support/installation.ts";
import { eventually, Mailbox } from "../support/mailbox.ts";
import { mainCell } from "../support/matrix.ts";
import type { ToldEvent } from "../support/telegram-events.ts";
import { expectHealthy, useServer } from "../support/use-server.ts";

const [ACCOUNT, CUSTOMER] = [6_900_000_001, 6_900_000_101];
const CHAT = String(CUSTOMER);

describe.each(mainCell())("The Telegram CRM protocol on %s", (_name, cell) => {
  const server: Installation = useServer(() => openInstallation({ ...cell, accounts: true }), expectHealthy);
  const heard = new Mailbox<ToldEvent>();
  let token = "";
  let socket: Socket;
  let accountId = "";
  beforeAll(async () => {
    token = await mintToken({ sub: "crm-user" });
    socket = io(server.origin, { path: "/api/telegram/socket", transports: ["websocket"], auth: { token } });
    socket.onAny((name, data) => heard.push({ name, data }));
    await new Promise<void>((resolve) => socket.once("connect", resolve));
  });
  afterAll(() => void socket?.disconnect());

  async function ask(path: string, json?: unknown, method = json === undefined ? "GET" : "POST") {
    const response = await fetch(`${server.origin}/api/telegram/${path}`, {
      method,
      headers: { authorization: `Bearer ${token}` },
      ...(json === undefined ? {} : { body: JSON.stringify(json) }),
    });
    const text = await response.text();
    return { status: response.status, body: text === "" ? null : JSON.parse(text) };
  }
  const hear = (name: string, fits: (data: ToldEvent["data"]) => boolean = () => true) =>
    heard.first((event) => event.name === name && fits(event.data));
  const account = () => server.sandbox.world().mtproto.accounts.find(({ personId }) => personId === ACCOUNT);

  async function signIn(sessionId: string) {
    const asked = await ask("auth/request-code", { sessionId, phoneNumber: `+${account()?.phone}` });
    expect(asked).toMatchObject({ status: 200, body: { sessionId, status: "CODE_REQUESTED" } });
    return ask("auth/sign-in", { sessionId, code: server.sandbox.mtproto.signInCode(ACCOUNT) });
  }

  test("an account is linked by code", async () => {
    const { body } = await ask("auth/init", {});
    accountId = body.sessionId;
    expect(await signIn(accountId)).toMatchObject({
      status: 200,
      body: { sessionId: accountId, status: "AUTHORIZED", user: { id: String(ACCOUNT), isSelf: true } },
    });
    const { data } = await hear("sessionUpdated", ({ session }) => session.health.connection === "connected");
    expect(data.session).toMatchObject({ id: accountId, status: "AUTHORIZED", isDefault: true });
  });

  test("its chats and their history are read in pages, each message once", async () => {
    const chats = await ask("chats?limit=100");
    expect(chats.body.data.map(({ title }: { title: string }) => title)).toContain("Demo customer 1");
    const seen: string[] = [];
    for (let offsetId = ""; ; ) {
      const { status, body } = await ask(`chats/${CHAT}/messages?limit=100${offsetId && `&offsetId=${offsetId}`}`);
      expect(status).toBe(200);
      seen.push(...body.data.map(({ id }: { id: string }) => id));
      if (!body.pagination.hasMore) break;
      offsetId = body.pagination.nextOffsetId;
    }
    expect([seen.length, new Set(seen).size]).toEqual([300, 300]);
    expect(seen).toEqual(seen.toSorted((a, b) => Number(b) - Number(a)));
  });

  test("a message is sent once, however often it is asked for, and told", async () => {
    const send = () => ask(`chats/${CHAT}/messages`, { text: "Hello", clientId: "e2e-1" });
    const sent = await send();
    expect(sent).toMatchObject({ status: 201, body: { data: { text: "Hello", clientId: "e2e-1", state: "sent" } } });
    expect(await send()).toMatchObject({ status: 200, body: { data: { id: sent.body.data.id } } });
    const { data } = await hear("messageSent");
    expect(data).toMatchObject({ userId: "crm-user", accountId, chatId: CHAT, message: { id: sent.body.data.id } });
    expect(heard.all.filter(({ name }) => name === "messageSent")).toHaveLength(1);
  });

  test("a file is uploaded, sent, and fetched again from Telegram under a signed address", async () => {
    const form = new FormData();
    form.append("file", new Blob([Uint8Array.from(SAMPLE_PHOTOS.png)]), "a.png");
    const headers = { authorization: `Bearer ${token}` };
    const uploaded = await fetch(`${server.origin}/api/telegram/media`, { method: "POST", headers, body: form });
    expect(uploaded.status).toBe(201);
    const { data: upload } = (await uploaded.json()) as { data: { id: string } };
    expect(upload).toMatchObject({ type: "photo", mimeType: "image/png", width: 8, height: 6, state: "ready" });
    const sent = await ask(`chats/${CHAT}/messages`, { text: "Look", media: { id: upload.id } });
    expect(sent).toMatchObject({
      status: 201,
      body: { data: { text: "Look", media: { type: "photo", state: "remote" } } },
    });
    const { id, url } = sent.body.data.media;
    const file = await fetch(server.origin + url);
    expect([file.status, file.headers.get("content-disposition")]).toEqual([200, "inline"]);
    expect(Buffer.from(await file.arrayBuffer()).equals(SAMPLE_PHOTOS.png)).toBe(true);
    expect((await ask(`media/${id}/info`)).body.data).toMatchObject({ id, state: "ready" });
    expect((await ask(`media/${upload.id}/info`)).body.data.expiresAt).toBeNull();
  });

  test("what others write, and that they type, is told; a GET after it shows it", async () => {
    const { mtproto } = server.sandbox;
    mtproto.typing({ from: CUSTOMER, to: ACCOUNT });
    expect((await hear("typing")).data).toMatchObject({ accountId, chatId: CHAT, userId: CHAT, isTyping: true });
    mtproto.write({ from: CUSTOMER, to: ACCOUNT, text: "A new question" });
    const { data } = await hear("newMessage");
    expect(data.message).toMatchObject({ text: "A new question", isOutgoing: false, state: null });
    const { body } = await ask(`chats/${CHAT}/messages?limit=1`);
    expect(body.data[0].id).toBe(data.message.id);
    const answer = await socket.timeout(20_000).emitWithAck("read", { chatId: CHAT });
    expect(answer).toEqual({ ok: true });
    expect((await hear("read", ({ direction }) => direction === "inbox")).data).toMatchObject({ unreadCount: 0 });
    expect(await socket.timeout(20_000).emitWithAck("typing", { chatId: CHAT })).toEqual({ ok: true });
  });

  test("what was missed while the connection was cut is told once", async () => {
    const { mtproto } = server.sandbox;
    mtproto.connections("drop");
    mtproto.write({ from: CUSTOMER, to: ACCOUNT, text: "While you were away" });
    await hear("newMessage", ({ message }) => message.text === "While you were away");
    const { body } = await ask(`chats/${CHAT}/messages?limit=2`);
    expect(body.data.map(({ text }: { text: string }) => text)).toEqual(["While you were away", "A new question"]);
  });

  test("a chat is tied to a record", async () => {
    const key = { crmEntityType: "deal", crmEntityId: "11111111-1111-1111-1111-111111111111" };
    expect(await ask(`chats/${CHAT}/associations`, key)).toMatchObject({ status: 201, body: { data: key } });
    const { data } = await hear("chatUpdated", ({ chat }) => chat.associations.length > 0);
    expect(data.chat).toMatchObject({ id: CHAT, associations: [key] });
  });

  test("a revoked account says so, and shows everything again when it is linked again", async () => {
    server.sandbox.mtproto.revoke(ACCOUNT);
    await hear("sessionUpdated", ({ session }) => session.status === "EXPIRED");
    expect(await ask("chats")).toMatchObject({
      status: 401,
      body: { error: { code: "AUTH_EXPIRED", details: { requiresReauth: true, accountId } } },
    });
    expect(await signIn(accountId)).toMatchObject({ status: 200, body: { status: "AUTHORIZED" } });
    expect((await ask(`chats/${CHAT}`)).body.data.associations).toHaveLength(1);
  });

  test("an account that is unlinked is logged out at Telegram", async () => {
    expect((await ask(`sessions/${accountId}?purge=1`, undefined, "DELETE")).status).toBe(204);
    expect((await ask(`sessions/${accountId}`)).status).toBe(404);
    await eventually(async () => account()?.sessions.length === 0);
    expect((await ask("chats")).body).toMatchObject({ data: [], pagination: { totalCount: 0 } });
  });
});
