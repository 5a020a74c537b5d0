import type { SandboxMessage, SandboxTopic } from "@pult/sandbox/control.ts";
import type { Sandbox } from "@pult/sandbox/sandbox.ts";
import { findUser } from "@pult/sandbox/testing.ts";

/** The customer's topic, once the bot has made it. */
export const topicOf = (sandbox: Sandbox, name: string, timeoutMs = 20_000): Promise<SandboxTopic> =>
  sandbox.until(() => sandbox.world().group.topics.find((topic) => topic.name === name), timeoutMs);

/** What stands in a topic, oldest first, without service lines and the card that introduces the customer. */
export const linesOf = (sandbox: Sandbox, threadId: number): SandboxMessage[] =>
  sandbox
    .world()
    .group.messages.filter((message) => message.threadId === threadId && !message.service)
    .slice(1);

export const textsOf = (sandbox: Sandbox, threadId: number): string[] =>
  linesOf(sandbox, threadId).map(({ text }) => text);

/** An agent writes in the group's Telegram, in a customer's topic. */
export function writeInTopic(sandbox: Sandbox, threadId: number, text: string, replyToMessageId?: number): number {
  const { messageIds } = sandbox.telegram.sendAsUser({
    userId: findUser(sandbox, "staff").id,
    chatId: sandbox.world().group.chatId,
    text,
    threadId,
    ...(replyToMessageId === undefined ? {} : { replyToMessageId }),
  });
  return messageIds[0] ?? 0;
}
