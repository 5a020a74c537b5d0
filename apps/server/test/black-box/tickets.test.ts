import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { call, sendMessage } from "../support/calls.ts";
import { connectChat } from "../support/chat-socket.ts";
import { ADMIN_KEY, type Installation, mintToken, openInstallation } from "../support/installation.ts";
import { mainCell } from "../support/matrix.ts";
import { openRaw } from "../support/raw-socket.ts";
import { connectApi, signInDemoAgent } from "../support/trpc-client.ts";

describe.each(mainCell())("Tickets and tokens for sockets on %s", (_name, cell) => {
  let installation: Installation;
  let origin: string;

  beforeAll(async () => {
    installation = await openInstallation({ ...cell, demo: true });
    origin = installation.server.origin;
  });
  afterAll(() => installation?.close());

  async function ask<Answer>(token: string, run: (api: ReturnType<typeof connectApi>["api"]) => Promise<Answer>) {
    const client = connectApi(origin, token);
    try {
      return await run(client.api);
    } finally {
      await client.close();
    }
  }
  const ticketOf = async (token: string) => (await ask(token, (api) => api.auth.ticket.mutate())).ticket;
  const me = { id: 1, method: "query", params: { path: "auth.me" } };

  test("opens /trpc once per ticket as the agent who asked for it, and closes it after they sign out", async () => {
    const session = await signInDemoAgent(installation);
    const ticket = await ticketOf(session);
    const raw = await openRaw(origin, { path: `/trpc?ticket=${ticket}` });
    raw.send(me);
    expect(await raw.answer(1)).toMatchObject({ result: { data: { kind: "agent" } } });
    await expect(openRaw(origin, { path: `/trpc?ticket=${ticket}` })).rejects.toThrow("refused with 401");
    raw.send({ id: 2, method: "subscription", params: { path: "auth.onSession" } });
    await raw.messages.first(({ id, result }) => id === 2 && result?.type === "data");
    await ask(session, (api) => api.auth.signOut.mutate());
    const ended = await raw.messages.first(
      (message) => message.id === 2 && "data" in (message.result ?? {}) && JSON.stringify(message).includes("ended"),
    );
    expect(ended).toMatchObject({ result: { data: { type: "ended", reason: "signedOut" } } });
    expect(await raw.closed).toEqual({ code: 1008, reason: "Signed out" });
  });

  test.each(["", "rubbish", "a".repeat(43)])("%j is no ticket: refused with 401", async (ticket) => {
    await expect(openRaw(origin, { path: `/trpc?ticket=${ticket}` })).rejects.toThrow("refused with 401");
  });

  test("a ticket opens a customer's chat, once", async () => {
    const ticket = await ticketOf(await mintToken({ sub: "ticket-1" }));
    const chat = connectChat(origin, { query: { ticket } });
    expect(await chat.join("ticket-1")).toMatchObject({ name: "joined" });
    await sendMessage(origin, { user_id: "ticket-1", message: "Hello" }, { token: ADMIN_KEY });
    expect(await chat.message("Hello")).toMatchObject({ direction: "user" });
    chat.close();
    const again = connectChat(origin, { query: { ticket } });
    expect(await again.events.first(({ name }) => name === "refused")).toMatchObject({ data: "Unauthorized" });
    again.close();
  });

  test("a token of auth.socketToken is good for its route only", async () => {
    const { token } = await ask(await mintToken({ sub: "token-1" }), (api) =>
      api.auth.socketToken.mutate({ audience: "support" }),
    );
    expect((await call(origin, "/message_history/token-1", { token })).status).toBe(200);
    expect((await call(origin, "/message_history/token-2", { token })).status).toBe(401);
    expect((await call(origin, "/trpc/auth.me", { token })).status).toBe(401);
    const other = await ask(await mintToken({ sub: "token-1" }), (api) =>
      api.auth.socketToken.mutate({ audience: "trading" }),
    );
    expect((await call(origin, "/message_history/token-1", { token: other.token })).status).toBe(401);
  });
});
