import type { Customer } from "../actor.ts";
import { callerOf, keyWith, makeTelegramCustomer, writeAs } from "./factories.ts";
import { createTestDesk, type DeskOptions, GROUP_ID } from "./telegram-desk.ts";
import { inGroup } from "./telegram-json.ts";
import type { TestDeps } from "./test-deps.ts";

/** A Telegram customer who has written "Help", a desk, and a server that answers. */
export async function serveCustomer(deps: TestDeps, options: DeskOptions & { customer?: Customer } = {}) {
  const { customer = makeTelegramCustomer(), customers = [] } = options;
  const desk = createTestDesk(deps, { ...options, customers: [customer, ...customers] });
  const first = await writeAs(deps, customer, { text: "Help" });
  const { conversationId } = first;
  const server = keyWith("support:write");
  const api = callerOf(deps, server).support;
  const chatId = Number(customer.externalId);
  let sent = 0;
  return {
    ...desk,
    customer,
    chatId,
    first,
    conversationId,
    server,
    api,
    reply: async (text: string) => (await api.reply({ conversationId, text, clientId: `r${++sent}` })).message,
    /** What the bot has sent to the customer. */
    texts: () => desk.shown(chatId).map((message) => message.text),
    /** What the bot has sent to the support group. */
    groupTexts: () => desk.shown(GROUP_ID).map((message) => message.text),
    /** What became of a message on each route. */
    async deliveriesOf(messageId: number) {
      const page = await api.conversation({ conversationId });
      return page.messages.find((message) => message.id === messageId)?.deliveries ?? [];
    },
  };
}

/** The same, with the first message already in the support group. */
export async function serveInGroup(deps: TestDeps, options: DeskOptions = {}) {
  const served = await serveCustomer(deps, options);
  await served.deliver();
  const inTopic = (content: object) => inGroup({ message_thread_id: served.bot.topics[0]?.threadId, ...content });
  return {
    ...served,
    /** A message of an agent in the customer's topic. */
    inTopic,
    say: (content: object) => served.receive({ message: inTopic(content) }),
    /** The thread as agents see it, after the customer's first message. */
    async thread() {
      const page = await served.api.conversation({ conversationId: served.conversationId });
      return page.messages.slice(1).filter((message) => message.kind !== "greeting");
    },
    /** What the customer sees of it. */
    async seen() {
      const page = await callerOf(deps, served.customer).support.history({});
      const shown = page.messages.filter((message) => message.kind !== "greeting");
      return shown.slice(1).map((message) => message.text);
    },
  };
}
