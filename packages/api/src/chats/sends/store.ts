import { randomBytes, randomUUID } from "node:crypto";
import type { Transaction } from "@pult/db/database.ts";
import { telegramSends } from "@pult/db/schema/chats.ts";
import type { OutboxItem } from "../../outbox/outbox.ts";
import { accountLease } from "../engine/lease.ts";
import type { SendInput } from "../inputs.ts";
import type { MessageEntity } from "../schema.ts";
import type { Target } from "../store/present.ts";
import type { SendPayload } from "./payload.ts";
import type { SendRow } from "./rows.ts";
import { MAX_CAPTION, MAX_MESSAGE, splitText } from "./split.ts";

/** Telegram's own kind of id: a random signed 64-bit number. */
const newRandomId = (): string => String(randomBytes(8).readBigInt64BE());

export type NewSend = Omit<SendInput, "accountId" | "chatId" | "clientId" | "media"> & {
  chatId: number;
  clientId: string;
  contentHash: string;
  media: readonly { id: string; spoiler: boolean }[];
  /** The user's id, `key:<id>`, or `pult`. */
  sentBy: string;
};

/** One row for each message that Telegram will make of it: files first, under them and after them the text. */
export async function insertSends(
  tx: Transaction,
  { storeId, now }: { storeId: string; now: Date },
  send: NewSend,
): Promise<SendRow[]> {
  const { text, media, scheduleDate, replyToMessageId, silent, chatId, clientId, contentHash, sentBy } = send;
  const [first, ...rest] = splitText(
    { text, entities: send.entities as MessageEntity[] },
    media.length > 0 ? MAX_CAPTION : MAX_MESSAGE,
  );
  const album = media.length > 1 ? randomUUID() : null;
  const messages = [
    ...(media.length > 0 ? media : [null]).map((file, index) => ({
      ...(index === 0 && first ? first : { text: "", entities: [] }),
      media: file,
      album,
    })),
    ...rest.map((part) => ({ ...part, media: null, album: null })),
  ];
  const shared = { storeId, chatId, clientId, contentHash, silent, sentBy };
  return tx
    .insert(telegramSends)
    .values(
      messages.map((message, part) => ({
        ...shared,
        ...message,
        part,
        randomId: newRandomId(),
        replyToId: part === 0 ? (replyToMessageId ?? null) : null,
        scheduledFor: scheduleDate ?? null,
        state: "queued",
        createdAt: now,
        updatedAt: now,
      })),
    )
    .onConflictDoNothing()
    .returning();
}

/** One call for each message, one for an album. `untilMs` is when the caller gives up who waits for it; null without one */
export function itemsFor(
  { accountId, storeId }: Target,
  rows: readonly SendRow[],
  { mode, untilMs, now }: Pick<SendPayload, "mode" | "untilMs"> & { now: Date },
): OutboxItem<SendPayload>[] {
  const units = Map.groupBy(rows, ({ album, id }) => album ?? String(id));
  return [...units.values()].map((unit) => ({
    queue: `chats:${storeId}:${unit[0]?.chatId}`,
    kind: "chats.send",
    lease: accountLease(accountId),
    priority: "reply",
    dueAt: now,
    payload: { accountId, ids: unit.map(({ id }) => id), mode, untilMs, isUncertain: false },
    subject: `chats.send:${unit[0]?.id}`,
    personId: null,
    route: "telegram-account",
  }));
}
