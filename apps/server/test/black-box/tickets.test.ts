import { describe, expect, test } from "vitest";
import { call, sendMessage } from "../support/calls.ts";
import { connectChat } from "../support/chat-socket.ts";
import { ADMIN_KEY, mintToken, openInstallation } from "../support/installation.ts";
import { mainCell } from "../support/matrix.ts";
import { openRaw } from "../support/raw-socket.ts";
import { callApi, signInAt } from "../support/trpc-client.ts";
import { useServer } from "../support/use-server.ts";

describe.each(mainCell())("Tickets and tokens for sockets on %s", (_name, cell) => {
  const server = useServer(() => openInstallation({ ...cell, demo: true }));

  const ticketOf = async (token: string) => (await callApi(server, token).auth.ticket.mutate()).ticket;
  const openWith = (ticket: string) => openRaw(server, { path: `/trpc?ticket=${ticket}` });

  test("opens /trpc once per ticket as the agent who asked for it, and closes it after they sign out", async () => {
    const session = await signInAt(server);
    const ticket = await ticketOf(session);
    const raw = await openWith(ticket);
    expect(await raw.ask()).toMatchObject({ result: { data: { kind: "agent" } } });
    await expect(openWith(ticket)).rejects.toThrow("refused with 401");
    await raw.follow(2, "auth.onSession", undefined);
    await callApi(server, session).auth.signOut.mutate();
    const ended = await raw.messages.first(
      (message) => message.id === 2 && "data" in (message.result ?? {}) && JSON.stringify(message).includes("ended"),
    );
    expect(ended).toMatchObject({ result: { data: { type: "ended", reason: "signedOut" } } });
    expect(await raw.closed).toEqual({ code: 1008, reason: "Signed out" });
  });

  test.each(["", "rubbish", "a".repeat(43)])("%j is no ticket: refused with 401", async (ticket) => {
    await expect(openWith(ticket)).rejects.toThrow("refused with 401");
  });

  test("a ticket opens a customer's chat, once", async () => {
    const ticket = await ticketOf(await mintToken({ sub: "ticket-1" }));
    const chat = connectChat(server, { query: { ticket } });
    expect(await chat.join("ticket-1")).toMatchObject({ name: "joined" });
    await sendMessage(server, { user_id: "ticket-1", message: "Hello" }, { token: ADMIN_KEY });
    expect(await chat.message("Hello")).toMatchObject({ direction: "user" });
    chat.close();
    const again = connectChat(server, { query: { ticket } });
    expect(await again.events.first(({ name }) => name === "refused")).toMatchObject({ data: "Unauthorized" });
    again.close();
  });

  test("a token of auth.socketToken is good for its route only", async () => {
    const { socketToken } = callApi(server, await mintToken({ sub: "token-1" })).auth;
    const { token } = await socketToken.mutate({ audience: "support" });
    expect((await call(server, "/message_history/token-1", { token })).status).toBe(200);
    expect((await call(server, "/message_history/token-2", { token })).status).toBe(401);
    expect((await call(server, "/trpc/auth.me", { token })).status).toBe(401);
    const other = await socketToken.mutate({ audience: "trading" });
    expect((await call(server, "/message_history/token-1", { token: other.token })).status).toBe(401);
  });
});
