import type { Database, Transaction } from "@pult/db/database.ts";
import { createWriteLane, type WriteLane } from "@pult/db/write-lane.ts";
import { DomainError } from "../errors.ts";
import type { Bus } from "../realtime/bus.ts";
import { type Appended, publishAppended } from "../realtime/log.ts";
import type { Presence } from "../realtime/presence.ts";
import { isStorable } from "../storable.ts";
import { outboxTopic } from "./events.ts";
import type { DeliveryRules } from "./outbox.ts";
import type { ChangeEvent, Channel, MessageKind, Source } from "./schema.ts";
import type { StoredMessage } from "./stored.ts";
import { storableText } from "./text.ts";
import { applyMessages } from "./write-batch.ts";

/** The customer of a conversation that may not exist yet. Name and username are what is known now; null leaves them as they are. */
export interface CustomerRef {
  channel: Channel;
  externalId: string;
  name: string | null;
  username: string | null;
  languageCode: string | null;
}

/** Telegram messages that this one came from. */
export interface TelegramOrigin {
  chatId: number;
  messageIds: number[];
  /** Whether the text was a caption. */
  caption: boolean;
}

/** A message about to be stored, of any kind and from any door. */
export interface MessageWrite {
  conversation: { id: number } | CustomerRef;
  kind: MessageKind;
  text: string;
  photoIds: string[];
  /** Who may attach those photos: the uploader. */
  ownerRef: string;
  author: { id: string | null; name: string };
  source: Source;
  /** Makes the write repeatable within its conversation. */
  clientId: string | null;
  /** What the client id stands for. */
  contentHash: string | null;
  replyToId: number | null;
  change: ChangeEvent | null;
  origin: TelegramOrigin | null;
}

export interface WrittenMessage {
  message: StoredMessage;
  /** The same client id was written before; nothing happened now. */
  repeated: boolean;
  /** Events of the whole batch, on its first result only. */
  appended: Appended | null;
  /** The batch left something in the outbox. */
  owes: boolean;
}

export interface SupportLane extends WriteLane<MessageWrite, WrittenMessage> {
  /** Writes inside a transaction that does more than that; `announce` the result after its commit. */
  writeIn(tx: Transaction, write: MessageWrite): Promise<WrittenMessage>;
  announce(results: readonly WrittenMessage[]): void;
}

export interface SupportLaneOptions {
  db: Database;
  bus: Bus;
  presence: Presence;
  now(): Date;
  legs: DeliveryRules;
}

/** Client ids that Pult makes itself: no client may take one before it. */
const OWN_CLIENT_ID = /^(tg|greeting):/;

/** @throws DomainError `VALIDATION` for ids that cannot be kept or are not the client's to use; names are mended instead */
function storable(write: MessageWrite): MessageWrite {
  const own = write.kind === "greeting" || write.origin !== null;
  if (!own && OWN_CLIENT_ID.test(write.clientId ?? ""))
    throw new DomainError("VALIDATION", "A client id must not begin with tg: or greeting:");
  if (![write.clientId ?? "", ...write.photoIds].every(isStorable))
    throw new DomainError("VALIDATION", "A client id or photo id holds characters that cannot be kept");
  return { ...write, author: { ...write.author, name: storableText(write.author.name) } };
}

/** The one way into `messages`: batches of sends share a transaction, and each is answered after its commit. */
export function createSupportLane(options: SupportLaneOptions): SupportLane {
  const { db, bus } = options;
  const announce = (results: readonly WrittenMessage[]) => {
    for (const { appended } of results) if (appended) publishAppended(bus, appended);
    if (results.some((result) => result.owes)) bus.publishLatest(outboxTopic.name("due"), null);
  };
  const lane = createWriteLane<MessageWrite, WrittenMessage>({
    db,
    apply: (tx, writes) => applyMessages(tx, writes, options),
    committed: announce,
  });
  return {
    write: async (write) => lane.write(storable(write)),
    idle: lane.idle,
    get waiting() {
      return lane.waiting;
    },
    async writeIn(tx, write) {
      const [outcome] = await applyMessages(tx, [storable(write)], options);
      if (outcome?.ok) return outcome.value;
      throw outcome?.error;
    },
    announce,
  };
}
