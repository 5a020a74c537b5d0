import { type ConversationPage, INBOX_VIEWS } from "@pult/api/support/schema.ts";
import {
  AN_ID,
  type Command,
  FLAG,
  oneOf,
  optionalNumber,
  required,
  TEXT,
  type Tools,
  wholeNumber,
} from "../command.ts";
import { printOrWrite } from "../out-file.ts";

const PAGE = 200;

/** A conversation with all of its messages, oldest first. */
async function readWhole({ api, progress }: Tools, conversationId: number): Promise<Omit<ConversationPage, "hasMore">> {
  const pages: ConversationPage["messages"][] = [];
  let count = 0;
  for (let beforeId: number | undefined; ; ) {
    const page = await api.support.conversation.query({
      conversationId,
      limit: PAGE,
      ...(beforeId ? { beforeId } : {}),
    });
    pages.unshift(page.messages);
    count += page.messages.length;
    progress(`${count} messages`);
    beforeId = page.messages[0]?.id;
    if (!page.hasMore || beforeId === undefined) return { conversation: page.conversation, messages: pages.flat() };
  }
}

export const CONVERSATION_COMMANDS: readonly Command[] = [
  {
    name: "conversations list",
    summary: `a page of the inbox (--view ${INBOX_VIEWS.join(" | ")}; --cursor for the next)`,
    options: { view: TEXT, search: TEXT, limit: TEXT, cursor: TEXT },
    example: "--view unassigned --search refund",
    run: ({ api }, given) =>
      api.support.inbox.query({
        view: oneOf(given.text("view") ?? "all", INBOX_VIEWS, "--view"),
        search: given.text("search") ?? "",
        limit: optionalNumber(given, "limit"),
        cursor: given.optional("cursor"),
      }),
  },
  {
    name: "conversations assign",
    summary: "assigns a conversation to an agent, or with --nobody to no agent",
    args: ["ID"],
    options: { agent: TEXT, nobody: FLAG },
    example: `42 --agent ${AN_ID}`,
    run: ({ api }, given) =>
      api.support.assign.mutate({
        conversationId: wholeNumber(given.args[0], "ID"),
        assigneeId: given.flag("nobody") ? null : required(given, "agent"),
      }),
  },
  {
    name: "conversations resolve",
    summary: "marks a conversation as resolved",
    args: ["ID"],
    example: "42",
    run: ({ api }, given) =>
      api.support.setStatus.mutate({ conversationId: wholeNumber(given.args[0], "ID"), status: "resolved" }),
  },
  {
    name: "conversations export",
    summary: "a conversation with all of its messages, oldest first, as JSON, into a file or to stdout",
    args: ["ID"],
    options: { out: TEXT },
    example: "42 --out conversation-42.json",
    async run(tools, given) {
      const whole = await readWhole(tools, wholeNumber(given.args[0], "ID"));
      return printOrWrite(given.text("out"), whole, { messages: whole.messages.length });
    },
  },
];
