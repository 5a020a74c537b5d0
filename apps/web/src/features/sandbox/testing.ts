import type { Faults, PushDevice, ReceivedPush, SandboxMessage, World } from "@pult/sandbox/control.ts";

export const GROUP_ID = -100;
export const LIVE_GROUP_ID = -200;
export const CUSTOMER_ID = 1;
export const STAFF_ID = 11;
export const BOT = { id: 9, name: "Demo bot", bot: true } as const;

/** A message for tests: in the group's topic 7, from the bot. */
export function sandboxMessage(messageId: number, fields: Partial<SandboxMessage> = {}): SandboxMessage {
  return {
    chatId: GROUP_ID,
    messageId,
    threadId: 7,
    from: BOT,
    text: `Message ${messageId}`,
    photo: null,
    document: null,
    mediaGroupId: null,
    replyToMessageId: null,
    pinned: false,
    service: false,
    sentAt: new Date(Date.UTC(2026, 10, 1, 10, 0, messageId)).toISOString(),
    editedAt: null,
    ...fields,
  };
}

export function receivedPush(id: string, fields: Partial<ReceivedPush> = {}): ReceivedPush {
  return {
    id,
    deviceId: "d1",
    kind: "fcm",
    label: "Android app",
    title: "Demo shop",
    body: "Hello",
    data: {},
    collapseKey: null,
    replaced: false,
    status: 200,
    receivedAt: "2026-11-01T10:00:00.000Z",
    ...fields,
  };
}

const topicFixture = (threadId: number, name: string) => ({
  threadId,
  name,
  createdAt: "2026-11-01T10:00:00.000Z",
  isClosed: false,
});

export const FAULTS_OFF: Faults = {
  floodUntil: null,
  serverErrorPercent: 0,
  telegramDown: false,
  delayMs: 0,
  pushStatus: null,
  instagramApi: null,
  instagramWebhooks: null,
  mtprotoDown: false,
  mtprotoFrozen: false,
  mtprotoDelayMs: 0,
  mtprotoFloodUntil: null,
};

export function deviceFixture(id: string): PushDevice {
  const owner = { owner: "customer", ownerName: null } as const;
  return { kind: "fcm", id, label: "Android app", userId: "demo_customer_1", ...owner, token: id, state: "active" };
}

/** A world for tests: one customer, one of the staff, topic 7 named after the customer. */
export function worldFixture(fields: Partial<World> = {}): World {
  return {
    bot: { id: BOT.id, name: BOT.name, username: "demo_bot" },
    users: [
      { id: CUSTOMER_ID, name: "Demo customer 1", username: "demo_customer_1", languageCode: "en", staff: false },
      { id: STAFF_ID, name: "Agent A (demo)", username: "demo_agent_a", languageCode: "en", staff: true },
    ],
    privateChats: [],
    group: {
      chatId: GROUP_ID,
      title: "Support",
      topics: [topicFixture(7, "Demo customer 1")],
      messages: [],
    },
    liveGroup: { chatId: LIVE_GROUP_ID, title: "Live", topics: [topicFixture(47, "Live")], messages: [] },
    devices: [],
    pushes: [],
    instagram: {
      account: { id: "1", name: "Demo shop", username: "demo.shop" },
      isConnected: true,
      people: [],
      media: [],
      comments: [],
      messages: [],
      webhooks: [],
    },
    traders: { isRunning: false, pace: "calm", present: [], trades: 0, problem: null },
    mtproto: { accounts: [], people: [], chats: [] },
    faults: FAULTS_OFF,
    ...fields,
  };
}
