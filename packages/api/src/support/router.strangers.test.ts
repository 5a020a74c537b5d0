import { describe, expect, it } from "vitest";
import type { Actor } from "../actor.ts";
import { appRouter } from "../root.ts";
import { ANONYMOUS, callerOf, countRows, keyWith, makeAgent, makeCustomer, writeAs } from "../testing/factories.ts";
import { firstOf } from "../testing/reader.ts";
import { describeOnDatabases, type TestWorld } from "../testing/test-deps.ts";

type Api = ReturnType<typeof callerOf>["support"];

interface Setting {
  conversationId: number;
  messageId: number;
  userId: string;
}

interface Case {
  /** The allowed callers: the customer (or a server for them), staff, both, or all. */
  for: "customer" | "staff" | "both" | "everybody";
  /** What a key needs; null where keys of any kind may. */
  needs: "support:read" | "support:write" | null;
  /** A call that succeeds for an allowed caller. */
  call(api: Api, setting: Setting): Promise<unknown>;
}

const AN_ID = "00000000-0000-4000-8000-000000000000";
const read = { needs: "support:read" } as const;
const write = { needs: "support:write" } as const;
const deviceOf = (userId: string) => ({ userId, target: { provider: "fcm" as const, token: "t" } });

/** Every procedure of the router has its line here; one that is added without a line fails the test below. */
const CASES: Record<string, Case> = {
  send: { for: "customer", ...write, call: (api, { userId }) => api.send({ userId, text: "x", clientId: "c" }) },
  history: { for: "customer", ...read, call: (api, { userId }) => api.history({ userId }) },
  markRead: { for: "customer", ...write, call: (api, { userId, messageId }) => api.markRead({ userId, messageId }) },
  registerDevice: { for: "customer", ...write, call: (api, { userId }) => api.registerDevice(deviceOf(userId)) },
  vapidPublicKey: { for: "everybody", needs: null, call: (api) => api.vapidPublicKey() },
  onMessage: { for: "customer", ...read, call: (api, { userId }) => firstOf(api.onMessage({ userId })) },
  onTyping: { for: "both", ...read, call: (api, { conversationId }) => firstOf(api.onTyping({ conversationId })) },
  setTyping: {
    for: "both",
    ...write,
    call: (api, { conversationId }) => api.setTyping({ conversationId, typing: true }),
  },
  inbox: { for: "staff", ...read, call: (api) => api.inbox({}) },
  conversation: { for: "staff", ...read, call: (api, { conversationId }) => api.conversation({ conversationId }) },
  agents: { for: "staff", ...read, call: (api) => api.agents() },
  reply: {
    for: "staff",
    ...write,
    call: (api, { conversationId }) => api.reply({ conversationId, text: "x", clientId: "c" }),
  },
  note: {
    for: "staff",
    ...write,
    call: (api, { conversationId }) => api.note({ conversationId, text: "x", clientId: "c" }),
  },
  assign: {
    for: "staff",
    ...write,
    call: (api, { conversationId }) => api.assign({ conversationId, assigneeId: null }),
  },
  setStatus: {
    for: "staff",
    ...write,
    call: (api, { conversationId }) => api.setStatus({ conversationId, status: "resolved" }),
  },
  markConversationRead: {
    for: "staff",
    ...write,
    call: (api, { conversationId, messageId }) => api.markConversationRead({ conversationId, messageId }),
  },
  retryDelivery: { for: "staff", ...write, call: (api, { messageId }) => api.retryDelivery({ messageId }) },
  testPush: {
    for: "staff",
    ...write,
    call: (api, { conversationId }) => api.testPush({ conversationId, deviceId: AN_ID }),
  },
  setPresence: {
    for: "staff",
    ...write,
    call: (api, { conversationId }) => api.setPresence({ conversationId, activity: "viewing" }),
  },
  onPresence: { for: "staff", ...read, call: (api, { conversationId }) => firstOf(api.onPresence({ conversationId })) },
  onInbox: { for: "staff", ...read, call: (api) => firstOf(api.onInbox({})) },
  onConversation: {
    for: "staff",
    ...read,
    call: (api, { conversationId }) => firstOf(api.onConversation({ conversationId })),
  },
};

const names = Object.keys(appRouter._def.procedures)
  .filter((path) => path.startsWith("support."))
  .map((path) => path.slice("support.".length));

it("Every procedure of the support router says here who may call it", () => {
  expect(Object.keys(CASES).sort()).toEqual([...names].sort());
});

describeOnDatabases("A stranger", (world) => {
  describe.each(Object.entries(CASES))("%s", (_, one) => {
    it("is refused", async () => refusesStrangers(world, one));
    it("is the only one who is refused", async () => admitsItsOwn(world, one));
  });
});

async function start({ deps }: TestWorld) {
  const customer = makeCustomer();
  const message = await writeAs(deps, customer);
  const setting = { conversationId: message.conversationId, messageId: message.id, userId: customer.externalId };
  const codeOf = async (one: Case, actor: Actor) => {
    const api = callerOf(deps, actor, AbortSignal.abort()).support;
    try {
      await one.call(api, actor.kind === "customer" ? { ...setting, userId: actor.externalId } : setting);
      return "OK";
    } catch (error) {
      const { cause, code } = error as { cause?: { code?: string }; code?: string };
      return cause?.code ?? code;
    }
  };
  return { customer, codeOf, effects: () => effectsOf(deps) };
}

const effectsOf = async (deps: TestWorld["deps"]) => [
  await countRows(deps, "messages"),
  await countRows(deps, "topic_events"),
  await countRows(deps, "push_subscriptions"),
  await countRows(deps, "conversations"),
  deps.bus.latest.length,
];

async function refusesStrangers(testWorld: TestWorld, one: Case): Promise<void> {
  const { codeOf, effects } = await start(testWorld);
  const before = await effects();
  if (one.for === "everybody") {
    expect(await codeOf(one, ANONYMOUS)).toBe("OK");
    return;
  }
  expect(await codeOf(one, ANONYMOUS)).toBe("UNAUTHORIZED");
  expect(await codeOf(one, keyWith("chats:write", "auth:write"))).toBe("FORBIDDEN");
  expect(await codeOf(one, keyWith())).toBe("FORBIDDEN");
  if (one.needs === "support:write") expect(await codeOf(one, keyWith("support:read"))).toBe("FORBIDDEN");
  if (one.for === "staff") expect(await codeOf(one, makeCustomer())).toBe("FORBIDDEN");
  if (one.for === "customer") expect(await codeOf(one, await makeAgent(testWorld.deps))).toBe("FORBIDDEN");
  expect(await effects()).toEqual(before);
}

async function admitsItsOwn(testWorld: TestWorld, one: Case): Promise<void> {
  const { codeOf, customer } = await start(testWorld);
  // `testPush` finds no device, which is said only to those who may ask.
  const admitted = expect.stringMatching(/^(OK|NOT_FOUND)$/);
  if (one.needs) expect(await codeOf(one, keyWith(one.needs))).toEqual(admitted);
  if (one.for !== "staff") expect(await codeOf(one, customer)).toEqual(admitted);
  if (one.for !== "customer") expect(await codeOf(one, await makeAgent(testWorld.deps))).toEqual(admitted);
}
