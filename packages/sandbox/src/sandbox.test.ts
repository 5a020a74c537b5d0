import { once } from "node:events";
import { connect } from "node:net";
import type { Message, Update } from "grammy/types";
import { expect, test } from "vitest";
import { z } from "zod";
import type { ControlRequest } from "./control-request.ts";
import { createSwitches } from "./faults.ts";
import type { Host } from "./module.ts";
import { MODULES } from "./modules.ts";
import { startModules, startSandbox } from "./sandbox.ts";
import { callRaw, findUser } from "./testing.ts";

test("reset empties the world and continues every id sequence", async () => {
  const sandbox = await startSandbox();
  const { id } = findUser(sandbox, "customer");
  const send = () => sandbox.telegram.sendAsUser({ userId: id, chatId: id, text: "hi" }).messageIds[0] ?? 0;
  const first = send();
  const [update] = (await callRaw<Update[]>(sandbox, "getUpdates")).body.result;
  const { env } = sandbox;
  sandbox.reset();
  expect(sandbox.world()).toMatchObject({ privateChats: [], devices: [], pushes: [] });
  expect(sandbox.calls).toEqual([]);
  expect(sandbox.env).toEqual(env);
  expect(send()).toBeGreaterThan(first);
  const [next] = (await callRaw<Update[]>(sandbox, "getUpdates")).body.result;
  expect(next?.update_id).toBeGreaterThan(update?.update_id ?? Number.NaN);
  await sandbox.close();
});

test("has a live group with a topic for broadcasts, which reset restores", async () => {
  const sandbox = await startSandbox();
  const { chatId } = sandbox.world().liveGroup;
  sandbox.telegram.deleteTopic({ chatId, threadId: Number(sandbox.env.TELEGRAM_LIVE_TOPIC_ID) });
  expect(sandbox.env.TELEGRAM_LIVE_TOPIC_ID).toBeUndefined();
  sandbox.reset();
  const topic = Number(sandbox.env.TELEGRAM_LIVE_TOPIC_ID);
  const params = { chat_id: sandbox.env.TELEGRAM_CHAT_ID, message_thread_id: topic, text: "Goal!" };
  expect((await callRaw<Message>(sandbox, "sendMessage", params)).body.result).toMatchObject({
    message_thread_id: topic,
    reply_to_message: { forum_topic_created: { name: "Live" } },
  });
  expect(sandbox.world().group.messages).toEqual([]);
  await sandbox.close();
});

test("keeps the newest 200 messages of a private chat", async () => {
  const sandbox = await startSandbox();
  const { id } = findUser(sandbox, "customer");
  for (let n = 1; n <= 210; n += 1) sandbox.telegram.sendAsUser({ userId: id, chatId: id, text: String(n) });
  const messages = sandbox.world().privateChats[0]?.messages ?? [];
  expect([messages.length, messages[0]?.text, messages.at(-1)?.text]).toEqual([200, "11", "210"]);
  await sandbox.close();
});

test("close ends open streams and polls and frees the port", async () => {
  const sandbox = await startSandbox();
  const events = await fetch(`${sandbox.origin}/control/events`);
  const polling = callRaw<Update[]>(sandbox, "getUpdates", { timeout: 30 }).catch((error: unknown) => error);
  await sandbox.until(() => sandbox.telegram.isPolling);
  await sandbox.close();
  expect(await polling).toBeInstanceOf(TypeError);
  expect(await events.text().catch(() => "cut")).toMatch(/cut|data: /);
  const again = await startSandbox({ port: Number(new URL(sandbox.origin).port) });
  expect(again.origin).toBe(sandbox.origin);
  await again.close();
});

const lamp = {
  name: "lamp" as const,
  version: 1,
  state: z.object({ isOn: z.boolean() }),
  initialState: () => ({ isOn: false }),
  view: ({ isOn }: { isOn: boolean }) => ({ lamp: isOn ? "on" : "off" }),
  start: (host: Host<{ isOn: boolean }>) => {
    const set = (isOn: boolean) => {
      host.state.isOn = isOn;
      host.changed();
      host.emit({ type: "lamp", isOn });
    };
    const faults = createSwitches({ lampBroken: false }, z.object({ lampBroken: z.boolean() }));
    return {
      routes: [
        {
          path: /^\/lamp\/(on|off)$/,
          handle: ({ match }: { match: RegExpExecArray }) => {
            if (faults.current().lampBroken) return { status: 503, body: {} };
            set(match[1] === "on");
            return { status: 200, body: { lamp: match[1] } };
          },
        },
      ],
      tcp: (socket: NodeJS.WritableStream) => void socket.end(host.state.isOn ? "on" : "off"),
      actions: { set },
      controls: { "POST set": (request: ControlRequest) => set(request.read(z.object({ isOn: z.boolean() })).isOn) },
      faults,
      env: () => ({ LAMP_URL: `${host.origin}/lamp` }),
      reset: () => set(false),
    };
  },
};

test("serves the routes, TCP port, actions, controls, faults, view and env of a further module", async () => {
  const sandbox = await startModules([...MODULES, lamp], {});
  const post = (path: string, body: object) =>
    fetch(`${sandbox.origin}/control/${path}`, { method: "POST", body: JSON.stringify(body) });
  const events: unknown[] = [];
  sandbox.on((event) => events.push(event));

  expect((await fetch(`${sandbox.env.LAMP_URL}/on`)).status).toBe(200);
  expect(sandbox.world().lamp).toBe("on");
  expect(events).toEqual([{ type: "lamp", isOn: true }]);
  const socket = connect(sandbox.tcpPorts.lamp ?? 0, "127.0.0.1");
  const [answer] = await once(socket, "data");
  expect(String(answer)).toBe("on");

  expect(await (await post("lamp/set", { isOn: false })).json()).toEqual({});
  expect(sandbox.world()).toMatchObject({ lamp: "off", users: expect.any(Array) });
  expect(await (await post("faults", { lampBroken: true })).json()).toMatchObject({ lampBroken: true, delayMs: 0 });
  expect((await fetch(`${sandbox.env.LAMP_URL}/on`)).status).toBe(503);

  sandbox.lamp.set(true);
  sandbox.reset();
  expect(sandbox.world()).toMatchObject({ lamp: "off", faults: { lampBroken: false } });
  await sandbox.close();
});
