import { describe, expect, test } from "vitest";
import { call, sendMessage } from "../support/calls.ts";
import { openChaosProxy } from "../support/chaos-proxy.ts";
import { rowOf } from "../support/desk.ts";
import { ADMIN_KEY, mintToken, openInstallation } from "../support/installation.ts";
import { Mailbox } from "../support/mailbox.ts";
import { mainCell } from "../support/matrix.ts";
import { callApi, connectApi } from "../support/trpc-client.ts";
import { useServer } from "../support/use-server.ts";

const asServer = { token: ADMIN_KEY };

/** An event as subscribers see it, by what is asked of it here. */
interface Seen {
  id: string | null;
  type: string;
  text: string | null;
  recovered: boolean | null;
}

function toSeen(value: unknown): Seen {
  const { id = null, data } = value as {
    id?: string;
    data?: { type: string; recovered?: boolean; message?: { text: string } };
  };
  return { id, type: data?.type ?? "heartbeat", text: data?.message?.text ?? null, recovered: data?.recovered ?? null };
}

describe.each(mainCell())("Live, on %s", (_name, cell) => {
  const server = useServer(() => openInstallation(cell));

  const send = (user_id: string, message: string) => sendMessage(server, { user_id, message }, asServer);

  test.concurrent("the stock client, cut off again and again: nothing lost, nothing twice, in order", async () => {
    await send("cut-1", "0");
    const { id: conversationId } = await rowOf(server, "cut-1");
    const line = await openChaosProxy(server.port);
    const client = connectApi(server, ADMIN_KEY, line);
    const events = new Mailbox<Seen>();
    const subscription = client.api.support.onConversation.subscribe(
      { conversationId, lastEventId: null },
      { onData: (value) => events.push(toSeen(value)) },
    );
    const first = await events.first(() => true);
    expect(first).toMatchObject({ type: "position", recovered: true });
    const sent: string[] = [];
    for (let round = 0; round < 4; round++) {
      for (let n = 0; n < 5; n++) {
        if (n === 2) {
          line.target(null);
          line.resetAll();
        }
        const text = `${round}.${n}`;
        await send("cut-1", text);
        sent.push(text);
      }
      line.target(server.port);
      await events.first(({ text }) => text === sent.at(-1));
    }
    expect(events.all.flatMap(({ text }) => text ?? [])).toEqual(sent);
    const ids = events.all.flatMap(({ id, type }) => (id && type !== "position" ? [Number(id.split(":")[1])] : []));
    expect(ids).toEqual(ids.map((_, at) => (ids[0] ?? 0) + at));
    expect(events.all.filter(({ type, recovered }) => type === "position" && !recovered)).toEqual([]);
    subscription.unsubscribe();
    await client.close();
    await line.close();
  });

  test.concurrent("a log goes on across a restart of the reader from the position alone", async () => {
    const token = await mintToken({ sub: "resume-1" });
    const client = connectApi(server, token);
    const listen = (lastEventId: string | null) => {
      const events = new Mailbox<Seen>();
      const subscription = client.api.support.onMessage.subscribe(
        { lastEventId },
        { onData: (value) => events.push(toSeen(value)) },
      );
      return { events, stop: () => subscription.unsubscribe() };
    };
    const before = listen(null);
    const { id } = await before.events.first(() => true);
    before.stop();
    await send("resume-1", "while away");
    const after = listen(id);
    await after.events.first(({ text }) => text === "while away");
    expect(after.events.all[0]).toMatchObject({ type: "position", id, recovered: true });
    after.stop();
    await client.close();
  });

  test.concurrent("a batch over HTTP is answered in order, each call for itself; 201 calls are refused", async () => {
    const api = callApi(server);
    const [me, missing, inbox] = await Promise.allSettled([
      api.auth.me.query(),
      api.support.conversation.query({ conversationId: 999_999 }),
      api.support.inbox.query(),
    ]);
    expect(me).toMatchObject({ status: "fulfilled", value: { kind: "apiKey" } });
    expect(missing).toMatchObject({ status: "rejected", reason: { data: { code: "NOT_FOUND", httpStatus: 404 } } });
    expect(inbox.status).toBe("fulfilled");
    const paths = Array(201).fill("auth.me").join(",");
    const refused = await call(server, `/trpc/${paths}?batch=1`, asServer);
    expect(refused.status).toBe(400);
    expect(refused.text).not.toContain('"result"');
    expect((await call(server, `/trpc/${paths.slice(8)}?batch=1`, asServer)).status).toBe(200);
  });

  test.concurrent("over HTTP: broken input, a query as mutation, what is not there, and no stack in any answer", async () => {
    const answers = await Promise.all([
      call(server, "/trpc/support.send", { ...asServer, raw: "{{{", headers: { "content-type": "application/json" } }),
      call(server, "/trpc/support.send", { ...asServer, json: { text: 5 } }),
      call(server, "/trpc/support.send", { ...asServer, json: { text: "x", clientId: "c" } }),
      call(server, "/trpc/support.inbox", { ...asServer, json: {} }),
      call(server, "/trpc/support.nothing", asServer),
      call(server, "/trpc/__proto__", asServer),
      call(server, "/trpc/support.inbox?input=%7B", asServer),
      call(server, "/trpc/support.inbox?input=%22x%22", asServer),
      call(server, "/trpc/auth.me", {}),
      call(server, "/trpc/auth.me", { token: "rubbish" }),
      call(server, "/trpc/%ff", asServer),
      call(server, "/trpc/auth.me?batch=1", { token: "rubbish" }),
    ]);
    expect(answers.map(({ status }) => status)).toEqual([400, 400, 400, 405, 404, 404, 400, 400, 401, 401, 400, 401]);
    for (const { text } of answers) {
      expect(JSON.parse(text)).toBeTruthy();
      expect(text).not.toMatch(/"stack"|node_modules|\.ts:\d/);
    }
  });
});
