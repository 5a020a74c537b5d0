import { expect, it } from "vitest";
import { BotError } from "../telegram/bot.ts";
import type { Agent } from "../testing/factories.ts";
import { keyWith, makeCustomer, makeTelegramCustomer, refusal, SYSTEM } from "../testing/factories.ts";
import { createTestDesk, settleOutbox } from "../testing/telegram-desk.ts";
import { describeOnDatabases } from "../testing/test-deps.ts";
import { editMessage, unsendMessage } from "./edit.ts";
import { tellOfWaiting } from "./waiting.ts";

describeOnDatabases("Agents are told of the desk", (world) => {
  const list = async (agent: Agent) =>
    (await world.as(agent).notifications.inbox.list({ state: "unread" })).notices.map(({ kind, body, count }) => [
      kind.replace("support.", ""),
      body,
      count,
    ]);
  const desk = (agent: Agent) => world.as(agent).support;

  async function start() {
    const [olga, boris] = [await world.makeAgent({ name: "Olga" }), await world.makeAgent({ name: "Boris Ivanov" })];
    const customer = makeCustomer({ name: "Anna" });
    const { conversationId, id: messageId } = await world.writeAs(customer, { text: "Hello" });
    return { olga, boris, customer, conversationId, messageId };
  }

  it("when another person assigns a conversation to them, and no more once it is another's", async () => {
    const { olga, boris, conversationId } = await start();
    await desk(olga).assign({ conversationId, assigneeId: olga.personId });
    expect(await list(olga)).toEqual([]);
    await desk(olga).assign({ conversationId, assigneeId: boris.personId });
    expect(await list(boris)).toEqual([["assigned", "Olga assigned Anna to you", 1]]);
    await desk(olga).assign({ conversationId, assigneeId: null });
    expect(await list(boris)).toEqual([]);
  });

  it("when the customer of their conversation writes, until it is read or answered", async () => {
    const { olga, boris, customer, conversationId } = await start();
    await desk(olga).assign({ conversationId, assigneeId: olga.personId });
    const write = (text: string) => world.writeAs(customer, { text });
    await Promise.all(["one", "two", "three"].map(write));
    expect(await list(olga)).toEqual([["message", expect.any(String), 3]]);
    expect(await list(boris)).toEqual([]);
    const { id: messageId } = await write("four");
    await desk(olga).markConversationRead({ conversationId, messageId });
    expect(await list(olga)).toEqual([]);
    await write("five");
    await desk(boris).reply({ conversationId, text: "Hi", clientId: "r" });
    expect(await list(olga)).toEqual([]);
  });

  it("with a message's words as they are now, after it was edited or taken back", async () => {
    const { olga, customer, conversationId } = await start();
    await desk(olga).assign({ conversationId, assigneeId: olga.personId });
    const { id: messageId } = await world.writeAs(customer, { text: "secret" });
    const bodies = async () => (await list(olga)).filter(([kind]) => kind === "message").map(([, body]) => body);
    await editMessage(world.contextOf(SYSTEM), { messageId, text: "edited" });
    expect(await bodies()).toEqual(["edited"]);
    await unsendMessage(world.contextOf(SYSTEM), messageId);
    expect(await bodies()).toEqual(["[unsent]"]);
  });

  it("of nothing that was answered in the same moment", async () => {
    const { olga, customer, conversationId } = await start();
    await desk(olga).assign({ conversationId, assigneeId: olga.personId });
    const reply = (text: string) => desk(olga).reply({ conversationId, text, clientId: text });
    await Promise.all([world.writeAs(customer, { text: "one" }), reply("answer")]);
    await reply("another");
    expect(await list(olga)).toEqual([]);
  });

  it("when a note names them, by name or id, but not its author", async () => {
    const { olga, boris, conversationId } = await start();
    const note = (text: string, mentions: string[] = []) =>
      desk(olga).note({ conversationId, text, clientId: text, mentions });
    await note("@boris ivanov: please look, says @Olga");
    expect([await list(olga), await list(boris)]).toEqual([
      [],
      [["mentioned", "Anna: @boris ivanov: please look, says @Olga", 1]],
    ]);
    await note("And this", [boris.personId]);
    await note("And this", [boris.personId]);
    expect(await list(boris)).toEqual([["mentioned", "Anna: And this", 2]]);
    await note("Not @borisov");
    expect((await list(boris))[0]?.[2]).toBe(2);
  });

  it("once for each time that a conversation is no one's and waits for too long", async () => {
    const { olga, boris, customer, conversationId } = await start();
    const pass = async (minutes: number) => {
      world.deps.clock.advance(minutes * 60_000);
      await tellOfWaiting(world.contextOf(SYSTEM));
    };
    await pass(4.9);
    expect(await list(olga)).toEqual([]);
    await pass(0.1);
    await pass(1);
    const told = [["waiting", "Anna has waited for 5 min; no agent is assigned", 1]];
    expect([await list(olga), await list(boris)]).toEqual([told, told]);
    await desk(boris).reply({ conversationId, text: "Hi", clientId: "r" });
    await pass(10);
    expect(await list(olga)).toEqual([]);
    await world.writeAs(customer, { text: "Again" });
    await desk(boris).setWaitingTime({ minutes: null });
    await pass(10);
    expect(await list(olga)).toEqual([]);
    await desk(boris).setWaitingTime({ minutes: 15 });
    expect(await desk(olga).waitingTime()).toEqual({ minutes: 15 });
    await pass(5);
    expect(await list(olga)).toHaveLength(1);
    await desk(boris).assign({ conversationId, assigneeId: boris.personId });
    expect(await list(olga)).toEqual([]);
    await expect(world.as(keyWith("support:read")).support.setWaitingTime({ minutes: 1 })).rejects.toMatchObject(
      refusal("FORBIDDEN"),
    );
  });

  it("when an answer of theirs does not reach the customer", async () => {
    const customer = makeTelegramCustomer({ name: "Anna" });
    const { bot, telegram } = createTestDesk(world.deps, { customers: [customer] });
    world.deps.telegram = { ...telegram, forum: null };
    const olga = await world.makeAgent({ name: "Olga" });
    const { conversationId } = await world.writeAs(customer);
    const reply = (text: string) => desk(olga).reply({ conversationId, text, clientId: text });
    bot.failNext("sendText", new BotError("forbidden", "Forbidden: bot was blocked by the user"));
    await reply("lost");
    await settleOutbox(world.deps);
    const told = [["deliveryFailed", "Anna: The recipient has blocked the bot", 1]];
    expect(await list(olga)).toEqual(told);
    await reply("fine");
    await settleOutbox(world.deps);
    expect(await list(olga)).toEqual(told);
  });
});
