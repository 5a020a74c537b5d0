import type { TelegramMessage } from "../chats/engine/telegram.ts";
import { EMPTY_MESSAGE, type FakeContent, type FakeWorld, type StoredMessage } from "./fake-telegram-world.ts";

interface Place {
  userId: number;
  chatId: number;
}

/** Puts a message into every box it goes to. @returns the author's copy */
export function postMessage(
  world: FakeWorld,
  given: { authorId: number; chatId: number; randomId?: string } & FakeContent,
): TelegramMessage {
  const { authorId, chatId, randomId, bytes = null } = given;
  const uid = world.nextId();
  let own: TelegramMessage | null = null;
  for (const place of world.placesOf(authorId, chatId)) {
    const box = world.boxOf(place.boxId);
    box.lastId += 1;
    const message = { ...contentOf(given), ...placed(world, place, { id: box.lastId, authorId }) };
    const stored: StoredMessage = { uid, authorId, message, bytes };
    box.messages.set(message.id, stored);
    const update = box.record({ type: "message", message: structuredClone(message) });
    const isOwn = place.userIds.includes(authorId);
    if (isOwn) {
      own = world.viewMessage(authorId, stored);
      if (randomId !== undefined) world.sentIds.set(`${authorId}:${randomId}`, message.id);
    }
    for (const userId of place.userIds) world.push(userId, update);
  }
  if (!own) throw new Error(`User ${authorId} is not in chat ${chatId}`);
  return own;
}

function contentOf({ text = "", entities = [], media = null, ...rest }: FakeContent): TelegramMessage {
  const { replyToMessageId = null, groupId = null, forwardFromId = null } = rest;
  return { ...EMPTY_MESSAGE, text, entities, media, replyToMessageId, groupId, forwardFromId };
}

function placed(
  world: FakeWorld,
  { userIds, chatId }: { userIds: number[]; chatId: number },
  { id, authorId }: { id: number; authorId: number },
): Partial<TelegramMessage> & Pick<TelegramMessage, "id" | "chatId"> {
  const isOutgoing = userIds.length === 1 && userIds[0] === authorId;
  return { id, chatId, senderId: authorId, date: world.now(), isOutgoing };
}

/** Copies of one message, each with the users who see that copy. */
function copiesOf(world: FakeWorld, { userId, chatId }: Place, id: number) {
  const uid = world.boxFor(userId, chatId).messages.get(id)?.uid;
  return [...world.boxes].flatMap(([boxId, box]) =>
    [...box.messages.values()]
      .filter((stored) => stored.uid === uid)
      .map((stored) => ({
        box,
        stored,
        userIds: boxId > 0 ? [boxId] : [...(world.groups.get(boxId)?.memberIds ?? [])],
      })),
  );
}

export function changeMessage(world: FakeWorld, place: Place & { id: number }, content: FakeContent): void {
  const { bytes: _, ...changes } = content;
  for (const { box, stored, userIds } of copiesOf(world, place, place.id)) {
    stored.message = { ...stored.message, ...changes, editedDate: world.now() };
    const update = box.record({ type: "edited", message: structuredClone(stored.message) });
    for (const userId of userIds) world.push(userId, update);
  }
}

export function deleteMessages(
  world: FakeWorld,
  { userId, chatId, ids, forEveryone }: Place & { ids: readonly number[]; forEveryone: boolean },
): void {
  const found = ids.flatMap((id) => copiesOf(world, { userId, chatId }, id));
  const byBox = Map.groupBy(found, ({ box }) => box);
  for (const [box, copies] of byBox) {
    if (!forEveryone && box !== world.boxFor(userId, chatId)) continue;
    const gone = copies.map(({ stored }) => stored.message.id);
    for (const id of gone) box.messages.delete(id);
    const update = box.record({ type: "deleted", chatId: box.channelId, ids: gone }, gone.length);
    for (const member of copies[0]?.userIds ?? []) world.push(member, update);
  }
}

/** A user has read a chat: their own devices and the other side hear of it. */
export function readUpTo(world: FakeWorld, { userId, chatId, maxId }: Place & { maxId: number }): void {
  const box = world.boxFor(userId, chatId);
  const read = box.of(chatId).filter(({ message }) => message.id <= maxId);
  const newest = Math.max(0, ...read.map(({ message }) => message.id));
  const key = `${userId}:${chatId}`;
  if (newest <= (world.readTo.get(key) ?? 0)) return;
  world.readTo.set(key, newest);
  const inbox = {
    type: "readInbox",
    chatId,
    maxId: newest,
    unreadCount: countUnread(world, { userId, chatId }),
  } as const;
  if (box.channelId === null) world.push(userId, box.record(inbox));
  else world.push(userId, { channelId: chatId, pts: box.pts, ptsCount: 0, qts: null, ...inbox });
  const authors = Map.groupBy(
    read.filter(({ authorId }) => authorId !== userId),
    ({ authorId }) => authorId,
  );
  for (const [authorId, messages] of authors) {
    const last = messages.at(-1);
    const copy = last && copiesOf(world, { userId, chatId }, last.message.id).find((c) => c.userIds.includes(authorId));
    if (copy) tellOutbox(world, authorId, copy.stored.message);
  }
}

function tellOutbox(world: FakeWorld, authorId: number, { chatId, id: maxId }: TelegramMessage): void {
  const box = world.boxFor(authorId, chatId);
  const body = { type: "readOutbox", chatId, maxId } as const;
  world.readTo.set(`out:${authorId}:${chatId}`, maxId);
  if (box.channelId === null) world.push(authorId, box.record(body));
  else world.pushBody(authorId, body);
}

export function countUnread(world: FakeWorld, { userId, chatId }: Place): number {
  const readTo = world.readTo.get(`${userId}:${chatId}`) ?? 0;
  const box = world.boxFor(userId, chatId);
  return box.of(chatId).filter(({ authorId, message }) => authorId !== userId && message.id > readTo).length;
}

/** Sends what is due. */
export function fireScheduled(world: FakeWorld): void {
  for (const stored of [...world.scheduled]) {
    const { scheduleDate, chatId, id } = stored.message;
    if (scheduleDate === null || scheduleDate > world.now()) continue;
    world.scheduled.splice(world.scheduled.indexOf(stored), 1);
    const { text, entities, media, replyToMessageId } = stored.message;
    const content = { text, entities, media, replyToMessageId, bytes: stored.bytes };
    const message = postMessage(world, { authorId: stored.authorId, chatId, ...content });
    world.pushBody(stored.authorId, { type: "scheduledDeleted", chatId, ids: [id], sentIds: [message.id] });
  }
}
