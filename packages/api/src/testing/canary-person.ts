import { telegramAddressBook } from "@pult/db/schema/address-book.ts";
import { identities } from "@pult/db/schema/auth.ts";
import { telegramAgreements, telegramBulkRecipients, telegramBulks } from "@pult/db/schema/bulk.ts";
import {
  telegramAssociations,
  telegramChats,
  telegramDrafts,
  telegramFiles,
  telegramHistory,
  telegramRevisions,
  telegramSends,
  telegramSessions,
  telegramShares,
  telegramStores,
} from "@pult/db/schema/chats.ts";
import { crmContacts, crmMerges, crmNotes, crmTasks } from "@pult/db/schema/crm.ts";
import { mediaFiles } from "@pult/db/schema/media.ts";
import { instagramEvents, instagramReplies, notificationReaders } from "@pult/db/schema/notifications.ts";
import { telegramImports } from "@pult/db/schema/telegram-imports.ts";
import { inArray } from "drizzle-orm";
import type { Actor, Customer } from "../actor.ts";
import { actorOfToken } from "../auth/actors.ts";
import { audioRoomOf } from "../trading/voice/audio-rooms.ts";
import { applyAudioEvent } from "../trading/voice/participants.ts";
import { callerOf, makeAgent, mintToken, openMiniApp, uploadAs, writeAs } from "./factories.ts";
import { createTestInstagram } from "./instagram-desk.ts";
import { createTestDesk } from "./telegram-desk.ts";
import { fromCustomer, inGroup } from "./telegram-json.ts";
import type { TestDeps } from "./test-deps.ts";

const TELEGRAM_ID = 8_800_112_233;

const ALERT = { type: "t", name: "n", marketId: "m", confidence: 0.5, ev: 1, sport: "s" };

/**
 * A person with rows in every table that can hold some: known by Telegram, by the app and on Instagram, with sessions, a role, messages both ways,
 * photos, devices, pushes, a topic in the group, a subscription to broadcasts and open one-time tokens. Every word about them is a canary.
 */
export async function makeCanaryPerson(deps: TestDeps) {
  const user = { id: TELEGRAM_ID, first_name: "Canary", username: "canary_username", language_code: "de" };
  const telegram = await customerOf(deps, await openMiniApp(deps, user));
  const token = await mintToken(deps, "canary-app-id", { name: "Canary App" });
  const app = await customerOf(deps, token);
  const desk = createTestDesk(deps, { customers: [telegram] });
  const instagram = createTestInstagram(deps);
  const agent = await makeAgent(deps, { name: "Olga", role: "Admin" });
  const staff = callerOf(deps, agent);
  const [{ personId }, written] = [
    await staff.auth.people.grant({ namespace: "telegram", externalId: telegram.externalId, role: "VIP" }),
    await writeAs(deps, app, { text: "canary-text-app", photoIds: [await uploadAs(deps, app)] }),
  ];
  const customer = callerOf(deps, app);
  await callerOf(deps, telegram).auth.people.link({ proof: { token } });
  await storeOnInstagram(deps, personId);
  await visitMiniApp(deps, { customer: telegram, agent });
  await customer.auth.ticket();
  await customer.auth.people.linkChallenge();
  await customer.support.history({});
  await customer.support.registerDevice({
    target: { provider: "fcm", token: "canary-device-token" },
    platform: "canary-platform",
    deviceId: "canary-device-id",
  });
  await uploadAs(deps, telegram);
  await desk.receive({ message: fromCustomer(telegram, { text: "canary-text-telegram" }) });
  await desk.receive({ message: fromCustomer(telegram, { text: "/subscribe" }) });
  await staff.notifications.broadcast({ text: "News", recipients: { customers: true } });
  const { conversationId } = written;
  await staff.support.reply({
    conversationId,
    text: "canary-answer",
    clientId: "canary-client",
    replyToId: written.id,
  });
  await staff.support.note({
    ...{ conversationId, text: "canary-note", clientId: "n" },
    mentions: [(await makeAgent(deps, { name: "Pavel" })).personId],
  });
  await customer.notifications.preferences.set({ kinds: { "notifications.alert": { inApp: true } } });
  await staff.notifications.liveAlerts.publish({
    ...ALERT,
    expiresAt: new Date(deps.now().getTime() + 3_600_000).toISOString(),
  });
  await staff.support.assign({ conversationId, assigneeId: agent.personId });
  deps.clock.advance(60_000);
  await desk.deliver();
  const quoted = desk.bot.messages.find((message) => message.text.includes("canary-text-app"));
  await desk.receive({
    message: inGroup({
      text: "canary-group-answer",
      message_thread_id: quoted?.threadId,
      reply_to_message: {
        message_id: quoted?.messageId,
        text: "canary-quoted",
        chat: { id: 1 },
        date: 1,
      },
    }),
  });
  await desk.deliver();
  await writeOnInstagram(instagram, staff);
  await tradeInRoom(deps, app);
  await linkTelegram(deps, app);
  await becomeContact(deps, { personId, agent });
  const owners = [telegram, app].map((one) => `${one.namespace}:${one.externalId}`);
  const files = await deps.db
    .select({ key: mediaFiles.fileKey })
    .from(mediaFiles)
    .where(inArray(mediaFiles.owner, owners));
  return {
    personId,
    agent,
    telegram,
    app,
    desk,
    conversationId,
    canaries: [
      "canary",
      "Canary",
      String(TELEGRAM_ID),
      ...files.map(({ key }) => key),
      ...files.map(({ key }) => key.replace(/\.\w+$/, "")),
    ],
  };
}

const customerOf = async (deps: TestDeps, token: string) => (await actorOfToken(deps, token, "trpc")) as Customer;

const INSTAGRAM_ID = "canary-instagram-id";

async function writeOnInstagram(instagram: ReturnType<typeof createTestInstagram>, staff: ReturnType<typeof callerOf>) {
  instagram.fake.people.set(INSTAGRAM_ID, { name: "Canary Instagram", username: "canary_instagram" });
  const [sender, recipient] = [{ id: INSTAGRAM_ID }, { id: instagram.accountId }];
  await instagram.receive({ sender, recipient, message: { mid: "canary-mid", text: "canary-text-instagram" } });
  await instagram.receive({
    sender: recipient,
    recipient: sender,
    message: { mid: "canary-echo", text: "canary-echo", is_echo: true },
  });
  const { conversations } = await staff.support.inbox({ search: INSTAGRAM_ID });
  const conversationId = conversations[0]?.id ?? 0;
  await staff.support.reply({ conversationId, text: "canary-answer-instagram", clientId: "canary-instagram" });
  await instagram.deliver();
}

/** Was there, was told something, and waits for the result of an alert. */
async function visitMiniApp(deps: TestDeps, { customer, agent }: { customer: Customer; agent: Actor }): Promise<void> {
  const { liveAlerts, toast } = callerOf(deps, agent).notifications;
  const { id } = await liveAlerts.publish({
    type: "t",
    name: "Watched",
    marketId: "m",
    confidence: 0.5,
    ev: 1,
    sport: "s",
    expiresAt: new Date(deps.now().getTime() + 60_000).toISOString(),
  });
  await callerOf(deps, customer).notifications.liveAlerts.watch({ id });
  await toast({ userIds: [customer.externalId], message: "canary-toast" });
  await deps.db.insert(notificationReaders).values({
    reader: `telegram:${customer.externalId}`,
    node: "n",
    isCurrent: false,
    since: deps.now(),
    seenAt: deps.now(),
  });
}

/** Created a room, traded and said something there. */
async function tradeInRoom(deps: TestDeps, customer: Customer): Promise<void> {
  const { rooms, trade, chat, voice } = callerOf(deps, customer).trading;
  const { id: roomId } = await rooms.create({ name: "Canary room", clientId: "canary-room-client" });
  await rooms.join({ roomId });
  await trade({ roomId, side: "buy", amount: "1000000000", clientId: "canary-trade-client" });
  await chat.send({ roomId, text: "canary-chat", clientId: "canary-chat-client" });
  const { sessionId } = await voice.start({ roomId, clientId: "canary-tab" });
  await voice.transcript({ sessionId, text: "buy 1 sol canary", isFinal: true, utteranceId: "canary-turn" });
  const connected = { type: "joined", sid: "PA_1", room: audioRoomOf(roomId), identity: "app:canary-app-id" } as const;
  await applyAudioEvent(deps, { ...connected, maySpeak: true, at: deps.now() });
}

/** Linked a Telegram account, which has expired since: Telegram has nothing to be told when it goes. */
async function linkTelegram({ db, now }: TestDeps, { externalId }: Customer): Promise<void> {
  const owner = `app:${externalId}`;
  const [createdAt, chatId, createdBy] = [now(), 8_800_445_566, externalId];
  const [store] = await db.insert(telegramStores).values({ owner, userId: chatId, createdAt }).returning();
  if (!store) throw new Error("The store was not written");
  const storeId = store.id;
  const [session] = await db
    .insert(telegramSessions)
    .values({ owner, storeId, status: "EXPIRED", createdAt, updatedAt: createdAt })
    .returning();
  if (!session) throw new Error("The session was not written");
  await db
    .insert(telegramShares)
    .values({ sessionId: session.id, role: "canary-role", access: "read", createdBy, createdAt });
  const chat = { storeId, chatId };
  await db.insert(telegramChats).values({
    ...chat,
    ...{ id: `${storeId}/${chatId}`, type: "private", title: "canary-chat-title", createdAt, updatedAt: createdAt },
  });
  const text = "canary-telegram-text";
  await db.insert(telegramHistory).values({ ...chat, id: 1, text, date: createdAt, isOutgoing: true });
  const entities: never[] = [];
  await db.insert(telegramRevisions).values({ ...chat, messageId: 1, text, entities, replacedAt: createdAt });
  await db.insert(telegramSends).values({
    ...{ ...chat, clientId: "canary-telegram-send", part: 0, contentHash: "", randomId: "1", text, entities },
    ...{ state: "sent", sentBy: createdBy, createdAt, updatedAt: createdAt },
  });
  await db.insert(telegramAgreements).values({
    ...{ storeId, chatId: TELEGRAM_ID, how: "hand", reason: "canary-reason", agreedAt: createdAt },
    ...{ recordedBy: "key:1", recordedByName: "canary-recorder" },
  });
  await db.insert(telegramAddressBook).values({
    ...{ storeId, userId: TELEGRAM_ID, change: "save", firstName: "canary-first", lastName: "canary-last" },
    ...{ requestedBy: createdBy, requestedAt: createdAt },
  });
  await db
    .insert(telegramDrafts)
    .values({ ...chat, author: createdBy, text: "canary-draft", revision: 1, updatedAt: createdAt });
  await sendToMany(db, { storeId, at: createdAt });
  const status = "undone";
  await db
    .insert(telegramImports)
    .values({ owner, storeId, fileName: "canary-export.json", status, createdBy, createdAt });
  await db.insert(telegramFiles).values({ id: "canary-file", owner, type: "document", state: "ready", createdAt });
  await db.insert(telegramAssociations).values({
    ...{ ...chat, entityType: "canary", entityId: crypto.randomUUID(), createdBy, createdAt, updatedAt: createdAt },
  });
}

/** Got a message to many, and wrote one. */
async function sendToMany(db: TestDeps["db"], { storeId, at }: { storeId: string; at: Date }): Promise<void> {
  const id = crypto.randomUUID();
  const entities: never[] = [];
  const shared = { storeId, name: "canary-bulk", text: "canary-bulk-text", entities, state: "draft" };
  await db.insert(telegramBulks).values({
    ...{ ...shared, id, source: {}, version: 1, authors: ["canary-app-id"], authorName: "Canary" },
    ...{ createdAt: at, updatedAt: at },
  });
  const recipient = { ...shared, name: "canary-name", bulkId: id, contactId: crypto.randomUUID(), timeZone: "UTC" };
  await db.insert(telegramBulkRecipients).values({ ...recipient, chatId: TELEGRAM_ID, state: "queued" });
}

/** Is a contact of the CRM, of which another became part, with a deal, a note and a task. */
async function becomeContact(deps: TestDeps, { personId, agent }: { personId: string; agent: Actor }): Promise<void> {
  const { contacts, deals, tags } = callerOf(deps, agent).chats;
  const tag = await tags.create({ name: "Demo" });
  const { id } = await contacts.create({
    name: "Canary contact",
    personId,
    telegramUserId: String(TELEGRAM_ID),
    email: "canary@example.org",
    tags: [tag.id],
  });
  await deals.create({ name: "canary-deal", contactId: id, nextStep: "canary-step" });
  const [createdBy, now, entity] = ["Olga", deps.now(), "contact"];
  const [gone] = await deps.db
    .insert(crmContacts)
    .values({ name: "canary-gone", mergedIntoId: id, createdBy, createdAt: now, updatedAt: now })
    .returning();
  const moved = { name: "canary-merged" };
  await deps.db
    .insert(crmMerges)
    .values({ keptId: id, goneId: gone?.id ?? "", moved, mergedBy: createdBy, mergedAt: now });
  const about = { entity, entityId: id, createdBy, createdAt: now };
  await deps.db.insert(crmNotes).values({ ...about, text: "canary-contact-note", updatedAt: now });
  await deps.db.insert(crmTasks).values({ ...about, title: "canary-task" });
}

async function storeOnInstagram({ db, now }: TestDeps, personId: string): Promise<void> {
  const [senderId, content] = [INSTAGRAM_ID, "canary-comment"];
  await db.insert(identities).values({ namespace: "instagram", externalId: senderId, personId });
  const [comment] = await db
    .insert(instagramEvents)
    .values({
      accountId: "account",
      kind: "comments",
      key: "canary-comment-id",
      senderId,
      event: { content },
      source: { content },
      occurredAt: now(),
      receivedAt: now(),
    })
    .returning({ eventId: instagramEvents.id });
  if (!comment) throw new Error("The comment was not stored");
  const reply = { commentId: "canary-comment-id", mode: "public", text: "canary-reply", createdBy: "Olga" };
  await db.insert(instagramReplies).values({ ...comment, ...reply, createdAt: now() });
}
