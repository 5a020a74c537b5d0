import { telegramShares } from "@pult/db/schema/chats.ts";
import { eq } from "drizzle-orm";
import type { Actor } from "../actor.ts";
import { isStaff } from "../auth/permissions.ts";
import type { Context } from "../context.ts";
import type { LogEntry } from "../realtime/bus.ts";
import type { LatestView, LogView } from "../realtime/view.ts";
import { type Account, requireAccount, viewerOf } from "./access.ts";
import { getSession } from "./accounts/sessions.ts";
import { chatsTopic, sendsTopic, sessionTopic, typingTopic } from "./events.ts";
import type { ChatInput, FollowAccountInput, FollowChatsInput } from "./inputs.ts";
import type { Chat, ChatsEvent, Page, SendStateEvent, Session, TypingEvent } from "./schema.ts";
import { getChat, listChats } from "./store/chats.ts";
import { hideRecordsIn, signEvent } from "./store/present.ts";

const SNAPSHOT_CHATS = 100;

/**
 * Whether a caller whose rights changed still sees the account, as it was shared when they began. When a share ends, the log is cut: its readers
 * begin again, and those who see it no more are refused then.
 */
async function readersOf({ db }: Context, { id, row }: Account): Promise<(actor: Actor) => boolean> {
  const shares = await db
    .select({ role: telegramShares.role })
    .from(telegramShares)
    .where(eq(telegramShares.sessionId, id));
  return (actor) => {
    if (actor.kind === "anonymous") return false;
    const { owner, roles } = viewerOf(actor);
    return owner === null || owner === row.owner || shares.some(({ role }) => roles.includes(role));
  };
}

/** Everything that happens in the account's chats; one who begins gets the list. @throws DomainError as `requireAccount` */
export async function followChats(
  ctx: Context,
  { accountId }: FollowChatsInput,
): Promise<LogView<ChatsEvent, Page<Chat>>> {
  const account = await requireAccount(ctx, accountId);
  const seesRecords = isStaff(ctx.actor, "chats:read");
  return {
    kind: "log",
    topic: chatsTopic.name(account.id),
    viewer: seesRecords ? "staff" : "customer",
    mayRead: await readersOf(ctx, account),
    present: (payload) => {
      const event = signEvent(ctx, payload as ChatsEvent);
      return seesRecords ? event : hideRecordsIn(event);
    },
    snapshot: () => listChats(ctx, { accountId: account.id, limit: SNAPSHOT_CHATS }, { mustWork: false }),
  };
}

/** Who types in a chat. @throws DomainError as `getChat` */
export async function followTyping(ctx: Context, input: ChatInput): Promise<LatestView<TypingEvent>> {
  const account = await requireAccount(ctx, input.accountId);
  const { id: chatId } = await getChat(ctx, input, { mustWork: false });
  const topic = typingTopic.name(account.id);
  return {
    kind: "latest",
    topic: `${topic}/${chatId}`,
    reader: null,
    subjectOf: ({ userId }) => userId,
    mayRead: await readersOf(ctx, account),
    subscribe: (listener) =>
      ctx.bus.subscribeLatest(topic, (value) => {
        const event = value as TypingEvent;
        if (event.chatId === chatId) listener(event);
      }),
  };
}

type ReadEvent = Omit<Extract<ChatsEvent, { type: "read" }>, "type">;

/** How far the account and the others have read. @throws DomainError as `requireAccount` */
export async function followReads(ctx: Context, { accountId }: FollowAccountInput): Promise<LatestView<ReadEvent>> {
  const account = await requireAccount(ctx, accountId);
  const topic = chatsTopic.name(account.id);
  return {
    kind: "latest",
    topic: `${topic}/reads`,
    reader: null,
    subjectOf: ({ chatId, direction }) => `${chatId}/${direction}`,
    mayRead: await readersOf(ctx, account),
    subscribe: (listener) =>
      ctx.bus.subscribeLog(topic, ({ payload }: LogEntry) => {
        const event = payload as ChatsEvent | null;
        if (event?.type !== "read") return;
        const { type: _, ...read } = event;
        listener(read);
      }),
  };
}

/** The account's state and health, now and whenever they change. @throws DomainError as `requireAccount` */
export async function followAccount(ctx: Context, { accountId }: FollowAccountInput): Promise<LatestView<Session>> {
  const account = await requireAccount(ctx, accountId);
  const { id } = account;
  return {
    kind: "latest",
    topic: sessionTopic.name(id),
    reader: null,
    mayRead: await readersOf(ctx, account),
    read: () => getSession(ctx, { accountId: id }),
  };
}

/** What becomes of messages that the account sends. @throws DomainError as `requireAccount` */
export async function followSendStates(
  ctx: Context,
  { accountId }: FollowAccountInput,
): Promise<LatestView<SendStateEvent>> {
  const account = await requireAccount(ctx, accountId);
  return {
    kind: "latest",
    topic: sendsTopic.name(account.id),
    reader: null,
    subjectOf: (event) => event.clientId,
    mayRead: await readersOf(ctx, account),
  };
}
