import fc from "fast-check";
import { expect, it } from "vitest";
import { type callerOf, keyWith, makeCustomer } from "../testing/factories.ts";
import { firstOf } from "../testing/reader.ts";
import { describeOnDatabases } from "../testing/test-deps.ts";

/** Text that has broken other people's databases, encoders and templates. */
const nasty = fc.oneof(
  fc.constantFrom(
    "",
    "\u0000",
    "a\u0000b",
    "\ud800",
    "\udc00x",
    "'; drop table messages; --",
    "\\",
    "%_",
    '{}[]",:null',
    "__proto__",
    "constructor",
    "../../etc/passwd",
    "\u202e\u200f",
    "NaN",
    "𐀀".repeat(64),
    "<script>alert(1)</script>",
    "2026-13-45T00:00:00.000Z_1",
    "e:1",
  ),
  fc.string({ unit: "binary", maxLength: 40 }),
);
const id = fc.constantFrom(0, 1, -1, 2 ** 31, Number.MAX_SAFE_INTEGER, 2 ** 53, 1.5, Number.NaN);
const anything = fc.oneof(nasty, id, fc.constantFrom(null, undefined, true, [], {}, ["x"], { a: 1 }));

/** What a caller may be told; an internal error is none of these. */
const EXPECTED = ["BAD_REQUEST", "NOT_FOUND", "CONFLICT", "FORBIDDEN", "UNAUTHORIZED"];
const DOMAIN = ["VALIDATION", "NOT_FOUND", "CONFLICT", "FORBIDDEN", "UNAUTHORIZED"];

describeOnDatabases("Bad input", (world) => {
  type Api = ReturnType<typeof callerOf>["support"];
  /** A call by a caller who ignores the types. */
  type Untyped = (input: unknown) => Promise<unknown>;

  async function survives(call: Untyped, input: unknown): Promise<void> {
    try {
      const answer = await call(input);
      if (typeof answer === "object" && answer && Symbol.asyncIterator in answer)
        await firstOf(answer as AsyncIterable<unknown>);
    } catch (error) {
      const { code, cause } = error as { code?: string; cause?: { code?: string } };
      const said = EXPECTED.includes(code ?? "") || DOMAIN.includes(cause?.code ?? "");
      if (!said) throw error;
    }
  }

  const asServer = () => world.as(keyWith("*"), AbortSignal.abort()).support;

  it.each<[string, (api: Api) => unknown, fc.Arbitrary<unknown>]>([
    [
      "send",
      (api) => api.send,
      fc.record(
        {
          text: anything,
          clientId: anything,
          userId: anything,
          userName: anything,
          photoIds: fc.oneof(fc.array(anything), anything),
        },
        { requiredKeys: [] },
      ),
    ],
    [
      "send, nearly right",
      (api) => api.send,
      fc.record({
        text: nasty,
        clientId: nasty,
        userId: nasty,
        userName: nasty,
        photoIds: fc.array(nasty, { maxLength: 2 }),
      }),
    ],
    [
      "history",
      (api) => api.history,
      fc.record({ userId: nasty, userName: nasty, limit: id, beforeId: id }, { requiredKeys: ["userId"] }),
    ],
    ["markRead", (api) => api.markRead, fc.record({ userId: nasty, messageId: id })],
    [
      "registerDevice",
      (api) => api.registerDevice,
      fc.record({
        userId: nasty,
        deviceId: nasty,
        platform: nasty,
        target: fc.record({ provider: fc.constantFrom("fcm", "webpush"), token: nasty, subscription: anything }),
      }),
    ],
    [
      "inbox",
      (api) => api.inbox,
      fc.record({ search: anything, cursor: anything, limit: id, view: anything }, { requiredKeys: [] }),
    ],
    ["inbox search", (api) => api.inbox, fc.record({ search: nasty, cursor: nasty }, { requiredKeys: ["search"] })],
    [
      "conversation",
      (api) => api.conversation,
      fc.record({ conversationId: id, beforeId: id }, { requiredKeys: ["conversationId"] }),
    ],
    [
      "reply",
      (api) => api.reply,
      fc.record({
        conversationId: id,
        text: nasty,
        clientId: nasty,
        replyToId: id,
        photoIds: fc.array(nasty, { maxLength: 2 }),
      }),
    ],
    ["note", (api) => api.note, fc.record({ conversationId: id, text: nasty, clientId: nasty })],
    ["assign", (api) => api.assign, fc.record({ conversationId: id, assigneeId: fc.oneof(nasty, fc.constant(null)) })],
    ["setStatus", (api) => api.setStatus, fc.record({ conversationId: id, status: anything, until: anything })],
    ["markConversationRead", (api) => api.markConversationRead, fc.record({ conversationId: id, messageId: id })],
    ["retryDelivery", (api) => api.retryDelivery, fc.record({ messageId: id })],
    ["testPush", (api) => api.testPush, fc.record({ conversationId: id, deviceId: nasty })],
    ["onMessage", (api) => api.onMessage, fc.record({ userId: nasty, lastEventId: nasty })],
    ["onTyping", (api) => api.onTyping, fc.record({ conversationId: id })],
    ["setTyping", (api) => api.setTyping, fc.record({ conversationId: id, typing: anything })],
    ["onInbox", (api) => api.onInbox, fc.record({ lastEventId: nasty })],
    ["onConversation", (api) => api.onConversation, fc.record({ conversationId: id, lastEventId: nasty })],
  ])("to %s is refused in words or taken, and never an internal error", async (_, procedureOf, inputs) => {
    const call = procedureOf(asServer()) as Untyped;
    await fc.assert(
      fc.asyncProperty(inputs, (input) => survives(call, input)),
      { numRuns: 60 },
    );
    // The next customer is served as before.
    expect(await world.writeAs(makeCustomer(), { text: "still here" })).toMatchObject({ text: "still here" });
  });

  it("by a customer with a name that cannot be kept is mended", async () => {
    const customer = makeCustomer({ name: "A\u0000n\ud800na", username: "a\u0000", languageCode: "\udfff" });
    const message = await world.writeAs(customer);
    expect(message.author.name).toBe("An\ufffdna");
  });
});
