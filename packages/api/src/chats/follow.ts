import { isStaff } from "../auth/permissions.ts";
import type { Context } from "../context.ts";
import type { LogEntry } from "../realtime/bus.ts";
import type { LatestView, LogView } from "../realtime/view.ts";
import { type Account, requireAccess, requireAccount } from "./access.ts";
import { getSession } from "./accounts/sessions.ts";
import { chatsTopic, draftsTopic, sendsTopic, sessionTopic, typingTopic } from "./events.ts";
import { type Access, allows } from "./grants.ts";
import type { ChatInput, FollowAccountInput, FollowChatsInput } from "./inputs.ts";
import type { Chat, ChatsEvent, Draft, Page, SendStateEvent, Session, TypingEvent } from "./schema.ts";
import { readersOf, type Sight, sightOf } from "./sight.ts";
import { getChat, listChats } from "./store/chats.ts";
import { hideRecordsIn, limitEvent, signEvent } from "./store/present.ts";

const SNAPSHOT_CHATS = 100;

/** A latest view of an account, of which a viewer with whom it is shared is told what their grants let them see at that moment. */
function latestFor<Value>(
  ctx: Context,
  {
    account,
    sight,
    isShown,
  }: { account: Account; sight: Sight | null; isShown: (value: Value, sight: Sight) => boolean },
  view: Omit<LatestView<Value>, "kind" | "reader" | "mayRead">,
): LatestView<Value> {
  const subscribe =
    view.subscribe ??
    ((listener: (value: Value) => void) => ctx.bus.subscribeLatest(view.topic, (value) => listener(value as Value)));
  const whole = { ...view, kind: "latest", reader: null, mayRead: readersOf(ctx, account, sight) } as const;
  if (!sight) return whole;
  return {
    ...whole,
    topic: `${view.topic}/${sight.key}`,
    subscribe(listener) {
      const stops = [
        sight.watch(() => {}),
        subscribe((value) => (isShown(value, sight) ? listener(value) : undefined)),
      ];
      return () => {
        for (const stop of stops) stop();
      };
    },
  };
}

const ofChat =
  (needed: Access) =>
  ({ chatId }: { chatId: string }, sight: Sight): boolean =>
    allows(sight.of(chatId), needed);

/** Everything that happens in the account's chats; one who begins gets the list. @throws DomainError as `requireAccount` */
export async function followChats(
  ctx: Context,
  { accountId }: FollowChatsInput,
): Promise<LogView<ChatsEvent | null, Page<Chat>>> {
  const account = await requireAccount(ctx, accountId);
  const sight = await sightOf(ctx, account);
  const seesRecords = isStaff(ctx.actor, "chats:read");
  const limited = (event: ChatsEvent) => {
    if (!sight) return event;
    return sight.seesAny() ? limitEvent(event, sight.of) : null;
  };
  return {
    kind: "log",
    topic: chatsTopic.name(account.id),
    viewer: `${seesRecords ? "staff" : "customer"}${sight ? `/${sight.key}` : ""}`,
    mayRead: readersOf(ctx, account, sight),
    present: (payload) => {
      const shown = limited(payload as ChatsEvent);
      if (!shown) return null;
      const event = signEvent(ctx, shown);
      return seesRecords ? event : hideRecordsIn(event);
    },
    ...(sight ? { changes: sight.watch } : {}),
    snapshot: () => listChats(ctx, { accountId: account.id, limit: SNAPSHOT_CHATS }, { mustWork: false }),
  };
}

/** Who types in a chat. @throws DomainError as `getChat` */
export async function followTyping(ctx: Context, input: ChatInput): Promise<LatestView<TypingEvent>> {
  const account = await requireAccount(ctx, input.accountId);
  const { id: chatId } = await getChat(ctx, input, { mustWork: false });
  requireAccess(ctx, account, chatId, "read");
  const topic = typingTopic.name(account.id);
  const of = { account, sight: await sightOf(ctx, account), isShown: ofChat("read") };
  return latestFor<TypingEvent>(ctx, of, {
    topic: `${topic}/${chatId}`,
    subjectOf: ({ userId }) => userId,
    subscribe: (listener) =>
      ctx.bus.subscribeLatest(topic, (value) => {
        const event = value as TypingEvent;
        if (event.chatId === chatId) listener(event);
      }),
  });
}

type ReadEvent = Omit<Extract<ChatsEvent, { type: "read" }>, "type">;

/** How far the account and the others have read. @throws DomainError as `requireAccount` */
export async function followReads(ctx: Context, { accountId }: FollowAccountInput): Promise<LatestView<ReadEvent>> {
  const account = await requireAccount(ctx, accountId);
  const topic = chatsTopic.name(account.id);
  const of = { account, sight: await sightOf(ctx, account), isShown: ofChat("metadata") };
  return latestFor<ReadEvent>(ctx, of, {
    topic: `${topic}/reads`,
    subjectOf: ({ chatId, direction }) => `${chatId}/${direction}`,
    subscribe: (listener) =>
      ctx.bus.subscribeLog(topic, ({ payload }: LogEntry) => {
        const event = payload as ChatsEvent | null;
        if (event?.type !== "read") return;
        const { type: _, ...read } = event;
        listener(read);
      }),
  });
}

/** The account's state and health, now and whenever they change. @throws DomainError as `requireAccount` */
export async function followAccount(ctx: Context, { accountId }: FollowAccountInput): Promise<LatestView<Session>> {
  const account = await requireAccount(ctx, accountId);
  const { id } = account;
  const sight = await sightOf(ctx, account);
  return latestFor<Session>(
    ctx,
    { account, sight, isShown: (_, current) => current.seesAny() },
    { topic: sessionTopic.name(id), read: () => getSession(ctx, { accountId: id }) },
  );
}

/** What becomes of messages that the account sends. @throws DomainError as `requireAccount` */
export async function followSendStates(
  ctx: Context,
  { accountId }: FollowAccountInput,
): Promise<LatestView<SendStateEvent>> {
  const account = await requireAccount(ctx, accountId);
  const of = { account, sight: await sightOf(ctx, account), isShown: ofChat("read") };
  return latestFor<SendStateEvent>(ctx, of, {
    topic: sendsTopic.name(account.id),
    subjectOf: (event) => event.clientId,
  });
}

/** What the team is writing in the account's chats. @throws DomainError as `requireAccount` */
export async function followDrafts(ctx: Context, { accountId }: FollowAccountInput): Promise<LatestView<Draft>> {
  const account = await requireAccount(ctx, accountId);
  const of = { account, sight: await sightOf(ctx, account), isShown: ofChat("read") };
  return latestFor<Draft>(ctx, of, {
    topic: draftsTopic.name(account.id),
    subjectOf: ({ chatId, authorId }) => `${chatId}/${authorId}`,
  });
}
