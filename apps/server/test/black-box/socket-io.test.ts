import { describe, expect, test } from "vitest";
import { startServer } from "../server-under-test.ts";
import { call, type Peer, sendMessage } from "../support/calls.ts";
import { type ChatSocket, connectChat } from "../support/chat-socket.ts";
import { openInstallation } from "../support/installation.ts";
import { bothRuntimes } from "../support/matrix.ts";
import { expectHealthy, useServer } from "../support/use-server.ts";

describe.each(bothRuntimes())("Socket.IO on %s", (_name, cell) => {
  const server = useServer(() => openInstallation({ ...cell, legacyAuth: "open" }), expectHealthy);

  test.each([
    ["nothing", []],
    ["null", [null]],
    ["a text", ["user_123"]],
    ["a list", [["user_123"]]],
    ["an empty id", [{ user_id: "" }]],
    ["an object as id", [{ user_id: { $ne: null } }]],
    ["a long id", [{ user_id: "x".repeat(129) }]],
    ["a function", [{ user_id: "ok" }, () => {}]],
  ])("join_chat with %s is answered, and the connection stays", async (_what, args) => {
    const chat = connectChat(server);
    chat.socket.emit("join_chat", ...args);
    chat.socket.emit("leave_chat", ...args);
    chat.socket.emit("nothing_of_ours", ...args);
    expect((await chat.events.first(() => true)).name).toMatch(/^(error|joined)$/);
    chat.socket.emit("join_chat", { user_id: "after" });
    await chat.events.first(({ name, data }) => name === "joined" && JSON.stringify(data) === '{"user_id":"after"}');
    chat.close();
  });

  test("128 chats on one connection, the 129th is refused, a joined one is none, and one left makes room", async () => {
    const chat = connectChat(server);
    for (let n = 0; n < 128; n++) chat.socket.emit("join_chat", { user_id: `room-${n}` });
    await chat.events.until((all) => all.filter(({ name }) => name === "joined").length === 128 || undefined);
    const refused = { name: "error", data: { message: "Too many chats on one connection" } };
    expect(await chat.join("room-128")).toEqual(refused);
    expect((await chat.join("room-127")).name).toBe("joined");
    chat.socket.emit("leave_chat", { user_id: "room-0" });
    expect((await chat.join("room-128")).name).toBe("joined");
    chat.close();
  });

  test("joining twice brings each message once, to every device of the customer", async () => {
    const phones = [connectChat(server), connectChat(server, { transport: "polling" })];
    for (const phone of phones) {
      await phone.join("twice-1");
      await phone.join("twice-1");
    }
    for (const text of ["one", "two", "three"]) await sendMessage(server, { user_id: "twice-1", message: text });
    for (const phone of phones) {
      await phone.message("three");
      const texts = phone.events.all.flatMap((event) => (event.name === "new_message" ? [event.data.message] : []));
      expect(texts).toEqual(["one", "two", "three"]);
      phone.close();
    }
  });

  test("the same customer in two rooms' worth of sockets: one's leaving does not silence the other", async () => {
    const first = connectChat(server);
    const second = connectChat(server);
    await first.join("leave-1");
    await second.join("leave-1");
    first.close();
    await sendMessage(server, { user_id: "leave-1", message: "still here" });
    await second.message("still here");
    second.close();
  });

  test("a message of more than 64 KiB ends the connection, not the server", async () => {
    const chat = connectChat(server);
    await chat.join("big-1");
    chat.socket.emit("join_chat", { user_id: "x", padding: "x".repeat(70_000) });
    await chat.events.first(({ name }) => name === "disconnect");
    expect((await call(server, "/health")).status).toBe(200);
  });

  test.each([
    ["GET", "/socket.io/", ""],
    ["GET", "/socket.io/?EIO=4&transport=carrier-pigeon", ""],
    ["GET", "/socket.io/?EIO=4&transport=polling&sid=unknown", ""],
    ["POST", "/socket.io/?EIO=4&transport=polling", "40"],
    ["POST", "/socket.io/?EIO=4&transport=polling&sid=__proto__", "40"],
    ["GET", "/socket.io/../send_message", ""],
    ["GET", "/socket.iox", ""],
  ])("%s %s is refused", async (method, path, raw) => {
    const { status } = await call(server, path, method === "POST" ? { method, raw } : { method });
    expect([400, 404]).toContain(status);
  });

  test("garbage in a session ends that session only", async () => {
    const polling = "/socket.io/?EIO=4&transport=polling";
    for (const garbage of ["zzzz", '42["join_chat"', "9", "451-[", `42["join_chat",${"[".repeat(5_000)}`, "\x1e\x1e"]) {
      const opened = await call(server, polling);
      const { sid } = JSON.parse(opened.text.slice(1));
      await call(server, `${polling}&sid=${sid}`, { raw: "40" });
      await call(server, `${polling}&sid=${sid}`, { raw: garbage });
    }
    const chat = connectChat(server);
    expect((await chat.join("after-garbage")).name).toBe("joined");
    chat.close();
  });

  test("closes unauthenticated connections that have joined nothing in time", async () => {
    const server = await startServer({ ...cell, speed: 20, env: { LEGACY_AUTH: "open" } });
    const polling = connectChat(server, { transport: "polling" });
    const lives = [lifeOf(connectChat(server)), lifeOf(polling), lifeOfSilent(server)];
    for (const life of await Promise.all(lives)) expect(life).toBeGreaterThan(9_500 / 20);
    await server.stop();
  });
});

async function lifeOf({ events }: ChatSocket): Promise<number> {
  const started = performance.now();
  await events.first(({ name }) => name === "disconnect", 20_000);
  return performance.now() - started;
}

/** An Engine.IO connection on which Socket.IO is never greeted. */
async function lifeOfSilent({ origin }: Peer): Promise<number> {
  const started = performance.now();
  const socket = new WebSocket(`${origin.replace("http", "ws")}/socket.io/?EIO=4&transport=websocket`);
  await new Promise((resolve) => socket.addEventListener("close", resolve, { once: true }));
  return performance.now() - started;
}
