import type { ConversationEvent, ConversationPage, Message } from "@pult/api/support/schema.ts";
import { beforeEach, describe, expect, it, vi } from "vitest";
import type { WebClient } from "../../../trpc/client.ts";
import { messageFixture, pageFixture as page, rowFixture } from "../testing.ts";
import { ConversationStore } from "./thread-store.ts";

type Envelope = {
  id: string;
  data: ConversationEvent | { type: "position"; recovered: boolean; snapshot?: ConversationPage };
};
type Asked = { beforeId?: number; limit?: number };

let emit: (envelope: Envelope) => void;
let answer: (input: Asked) => Promise<ConversationPage>;
let asked: Asked[];

const client = {
  support: {
    conversation: {
      query: (input: Asked) => {
        asked.push(input);
        return answer(input);
      },
    },
    onConversation: {
      subscribe: (_input: unknown, handlers: { onData: (envelope: Envelope) => void }) => {
        emit = handlers.onData;
        return { unsubscribe: () => {} };
      },
    },
  },
} as unknown as WebClient;

const position = (offset: number, recovered: boolean, snapshot?: ConversationPage): Envelope => ({
  id: `e:${offset}`,
  data: { type: "position", recovered, snapshot },
});
const sent = (offset: number, id: number): Envelope => ({
  id: `e:${offset}`,
  data: { type: "messageSent", message: messageFixture(id) },
});
const settle = () => new Promise((resolve) => setImmediate(resolve));
const ids = (store: ConversationStore) => store.state.getState().thread?.messages.map((message) => message.id);

/** A store that stands at offset 7 and has read its page. */
async function openLive(onStored: (message: Message) => void = () => {}) {
  const store = new ConversationStore({ client, id: 1, onStored });
  const stop = store.follow();
  emit(position(7, true));
  await settle();
  return { store, stop };
}

beforeEach(() => {
  asked = [];
  answer = async () => page(1, 3, false);
});

describe("ConversationStore", () => {
  it("keeps what the log told of a message when the answer to its send comes later", async () => {
    const { store, stop } = await openLive();
    const deliveries: Message["deliveries"] = [{ leg: "instagram", state: "delivered", reason: null, retryAt: null }];
    emit(sent(8, 4));
    emit({ id: "e:9", data: { type: "deliveryChanged", messageId: 4, deliveries } });
    store.applyStored(messageFixture(4));
    store.applyStored(messageFixture(5));
    await settle();
    expect(ids(store)).toEqual([1, 2, 3, 4, 5]);
    expect(store.state.getState().thread?.messages[3]?.deliveries).toEqual(deliveries);
    stop();
  });

  it("follows first, then reads, and loses nothing that is said meanwhile", async () => {
    let release: (page: ConversationPage) => void = () => {};
    answer = () => new Promise((resolve) => (release = resolve));
    const store = new ConversationStore({ client, id: 1, onStored: () => {} });
    const stop = store.follow();
    emit(position(7, true));
    emit(sent(8, 4));
    release(page(1, 3, false));
    await settle();
    expect(ids(store)).toEqual([1, 2, 3, 4]);
    expect(asked).toHaveLength(1);
    stop();
  });

  it("reads again what was asked for before the log was followed, and lays nothing older over it", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    const answers: ((page: ConversationPage) => void)[] = [];
    answer = () => new Promise((resolve) => answers.push(resolve));
    const store = new ConversationStore({ client, id: 1, onStored: () => {} });
    const stop = store.follow();
    vi.runOnlyPendingTimers();
    vi.useRealTimers();
    emit(position(8, true));
    answers[1]?.(page(1, 4, false));
    await settle();
    answers[0]?.(page(1, 3, false));
    await settle();
    expect(ids(store)).toEqual([1, 2, 3, 4]);
    stop();
  });

  it("keeps an event that came while details were being read", async () => {
    const { store, stop } = await openLive();
    const old = page(3, 3, true);
    const asking = Promise.withResolvers<ConversationPage>();
    answer = () => asking.promise;
    const deliveries: Message["deliveries"] = [{ leg: "push", state: "delivered", reason: null, retryAt: null }];
    emit({ id: "e:8", data: { type: "deliveryChanged", messageId: 3, deliveries } });
    const conversation = rowFixture(1, { status: "resolved" });
    emit({ id: "e:9", data: { type: "conversationChanged", conversation } });
    asking.resolve({ ...old, conversation: { ...old.conversation, telegram: { topicId: 9, userId: null } } });
    await settle();
    expect(store.state.getState().thread?.conversation).toMatchObject({ status: "resolved", telegram: { topicId: 9 } });
    stop();
  });

  it("fills the gap of a long absence before it shows newer messages", async () => {
    const { store, stop } = await openLive();
    answer = async ({ beforeId }) => (beforeId === 10 ? page(4, 9, true) : page(1, 3, false));
    emit(position(90, false, page(10, 12, true)));
    expect(store.state.getState().isFillingGap).toBe(true);
    await settle();
    expect(ids(store)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
    expect(store.state.getState()).toMatchObject({ isFillingGap: false, thread: { hasMore: false } });
    stop();
  });

  it("asks for earlier messages once at a time, and says when they did not come", async () => {
    answer = async () => page(11, 13, true);
    const { store, stop } = await openLive();
    answer = () => Promise.reject(new Error("gone"));
    await Promise.all([store.loadOlder(), store.loadOlder()]);
    expect(asked.filter((input) => input.beforeId === 11)).toHaveLength(1);
    expect(store.state.getState().older).toBe("failed");
    answer = async () => page(1, 10, false);
    await store.loadOlder();
    expect(ids(store)).toHaveLength(13);
    stop();
  });

  it("reads devices and topic again when a delivery has come to its end, and not before", async () => {
    const { store, stop } = await openLive();
    const delivery = (offset: number, state: "pending" | "delivered"): Envelope => {
      const deliveries = [{ leg: "push" as const, state, reason: null, retryAt: null }];
      return { id: `e:${offset}`, data: { type: "deliveryChanged", messageId: 3, deliveries } };
    };
    emit(delivery(8, "pending"));
    await settle();
    expect(asked).toHaveLength(1);
    answer = async () => ({
      ...page(3, 3, true),
      conversation: { ...page(3, 3, true).conversation, telegram: { topicId: 9, userId: null } },
    });
    emit(delivery(9, "delivered"));
    await settle();
    expect(store.state.getState().thread?.conversation.telegram.topicId).toBe(9);
    expect(ids(store)).toEqual([1, 2, 3]);
    stop();
  });

  it("tells of each message that the server has", async () => {
    const onStored = vi.fn();
    const { stop } = await openLive(onStored);
    emit(sent(8, 4));
    expect(onStored.mock.calls.map(([message]) => message.id)).toEqual([1, 2, 3, 4]);
    stop();
  });
});
