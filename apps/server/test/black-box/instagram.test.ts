import { afterEach, beforeAll, describe, expect, test } from "vitest";
import { openInstallation } from "../support/installation.ts";
import { eventually } from "../support/mailbox.ts";
import { mainCell } from "../support/matrix.ts";
import { callApi, signInAt } from "../support/trpc-client.ts";
import { useServer } from "../support/use-server.ts";

/** What other desks were reported to get wrong about Instagram, against the simulated one. */
describe.each(mainCell())("Instagram on %s", (_name, cell) => {
  const server = useServer(() => openInstallation({ ...cell, demo: true, instagram: true }));
  let agent: ReturnType<typeof callApi>;
  beforeAll(async () => {
    agent = callApi(server, await signInAt(server));
  });
  afterEach(() => {
    server.sandbox.setFaults({ instagramApi: null, instagramWebhooks: null, delayMs: 0 });
    server.sandbox.reset();
  });

  const instagram = () => server.sandbox.instagram;
  const world = () => server.sandbox.world().instagram;
  const personOf = (at: number) => world().people[at]?.id ?? "";

  /** The conversations with a person. */
  const rowsOf = async (personId: string) =>
    (await agent.support.inbox.query({ limit: 100, view: "all" })).conversations.filter(
      ({ customer }) => customer.id === personId,
    );

  async function threadOf(personId: string) {
    const [row] = await rowsOf(personId);
    return row ? (await agent.support.conversation.query({ conversationId: row.id })).messages : [];
  }
  const linesOf = async (personId: string) => (await threadOf(personId)).map(({ kind, text }) => [kind, text]);

  /** Waits until the last line of the thread is this one. */
  const shown = (personId: string, text: string) =>
    eventually(async () => (await threadOf(personId)).at(-1)?.text === text);
  /** Every webhook has been answered, and its events are stored and given to the desk. */
  async function settled(personId: string): Promise<void> {
    await server.sandbox.until(() => world().webhooks.every(({ state }) => state === "delivered"));
    const { mid } = instagram().write({ personId, text: `end ${Date.now()}` });
    await shown(personId, world().messages.find((one) => one.mid === mid)?.text ?? "");
  }

  async function reply(personId: string, text: string) {
    const [row] = await rowsOf(personId);
    return agent.support.reply.mutate({ conversationId: row?.id ?? 0, text, clientId: crypto.randomUUID() });
  }
  const deliveryOf = async (personId: string, text: string) =>
    (await threadOf(personId)).find((one) => one.text === text)?.deliveries.find(({ leg }) => leg === "instagram")
      ?.state;

  // chatwoot#12635
  test("a mention in a story opens the reply window, and the answer is sent", async () => {
    const personId = personOf(0);
    instagram().mentionInStory(personId);
    const [row] = await eventually(async () => {
      const rows = await rowsOf(personId);
      return rows[0]?.replyWindow?.openedBy === "storyMention" && rows;
    });
    const until = Date.parse(row?.replyWindow?.until ?? "");
    expect(until - Date.now()).toBeGreaterThan(23 * 3_600_000);
    await reply(personId, "Thank you for the mention");
    await eventually(async () => (await deliveryOf(personId, "Thank you for the mention")) === "delivered");
    expect(
      world()
        .messages.filter(({ by }) => by === "api")
        .map(({ text }) => text),
    ).toEqual(["Thank you for the mention"]);
  });

  // chatwoot#11383
  test("a message whose webhook comes twice, is repeated later and out of order is shown once", async () => {
    const personId = personOf(1);
    const { sandbox } = server;
    sandbox.setFaults({ instagramWebhooks: "twice" });
    instagram().write({ personId, text: "Once" });
    instagram().write({ personId, text: "Second" });
    await shown(personId, "Second");
    sandbox.setFaults({ instagramWebhooks: "reordered" });
    instagram().write({ personId, text: "Third" });
    instagram().write({ personId, text: "Fourth" });
    sandbox.setFaults({ instagramWebhooks: null });
    for (const { id, state } of world().webhooks) if (state === "delivered") instagram().retryWebhook(id);
    await settled(personId);
    const texts = (await linesOf(personId)).slice(0, -1).map(([, text]) => text);
    expect(texts.toSorted()).toEqual(["Fourth", "Once", "Second", "Third"]);
    expect(await rowsOf(personId)).toHaveLength(1);
  });

  // chatwoot#7078
  test("echoes of what was answered from here add no line and no conversation, also before the call has ended", async () => {
    const personId = personOf(0);
    const before = (await threadOf(personId)).length;
    instagram().write({ personId, text: "Is it in stock?" });
    await shown(personId, "Is it in stock?");
    await reply(personId, "It is");
    await eventually(async () => (await deliveryOf(personId, "It is")) === "delivered");
    server.sandbox.setFaults({ delayMs: 1_500 });
    await reply(personId, "Its echo comes first");
    await eventually(async () => (await deliveryOf(personId, "Its echo comes first")) === "delivered");
    server.sandbox.setFaults({ delayMs: 0, instagramApi: "lost" });
    await reply(personId, "Its answer is lost");
    await eventually(async () => (await deliveryOf(personId, "Its answer is lost")) === "delivered");
    server.sandbox.setFaults({ instagramApi: null });
    await settled(personId);
    expect((await linesOf(personId)).slice(before, -1)).toEqual([
      ["customer", "Is it in stock?"],
      ["agent", "It is"],
      ["agent", "Its echo comes first"],
      ["agent", "Its answer is lost"],
    ]);
    expect(await rowsOf(personId)).toHaveLength(1);
    expect(await rowsOf(world().account.id)).toEqual([]);
  });

  // airy#2434
  test("what the account writes in Instagram's own app stands in the customer's conversation as an agent's", async () => {
    const personId = personOf(2);
    instagram().writeAsAccount({ personId, text: "We write first" });
    await shown(personId, "We write first");
    instagram().write({ personId, text: "And I answer" });
    await shown(personId, "And I answer");
    instagram().writeAsAccount({ personId, text: "From the phone" });
    await shown(personId, "From the phone");
    expect(await linesOf(personId)).toEqual([
      ["agent", "We write first"],
      ["customer", "And I answer"],
      ["agent", "From the phone"],
    ]);
    expect(await rowsOf(personId)).toMatchObject([{ customer: { name: "Демо человек 3" } }]);
    expect(world().messages.filter(({ by }) => by === "api")).toEqual([]);
  });

  // chatwoot#12989
  test("a token that Instagram refuses is told with its reason, refuses answers, and works again once it is accepted", async () => {
    const personId = personOf(0);
    instagram().write({ personId, text: "Hello" });
    await shown(personId, "Hello");
    server.sandbox.setFaults({ instagramApi: "tokenExpired" });
    await reply(personId, "Into the void");
    await eventually(async () => (await deliveryOf(personId, "Into the void")) === "failed");
    const told = async () =>
      (await agent.notifications.inbox.list.query({ state: "unread" })).notices.filter(
        ({ kind }) => kind === "notifications.instagramToken",
      );
    const [notice] = await eventually(async () => (await told()).length > 0 && told());
    expect(notice).toMatchObject({ severity: "critical", body: expect.stringContaining("Session has expired") });
    expect((await agent.notifications.instagram.health.query()).token).toMatchObject({
      state: "invalid",
      reason: expect.stringContaining("Session has expired"),
    });
    await expect(reply(personId, "Refused at once")).rejects.toThrow("Session has expired");
    server.sandbox.setFaults({ instagramApi: null });
    await agent.notifications.instagram.selfTest.mutate({});
    expect((await agent.notifications.instagram.health.query()).token.state).toBe("valid");
    await reply(personId, "It works again");
    await eventually(async () => (await deliveryOf(personId, "It works again")) === "delivered");
    expect(await told()).toEqual([]);
  });
});
