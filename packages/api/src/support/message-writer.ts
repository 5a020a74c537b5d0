import { BatchWriterFullError, createBatchWriter } from "@pult/db/batch-writer.ts";
import type { Transaction } from "@pult/db/database.ts";
import { malformed, requestError } from "../errors.ts";
import { publishDue } from "../outbox/outbox.ts";
import { perProcess } from "../per-process.ts";
import { publishAppended } from "../realtime/log.ts";
import { isStorable, storableText } from "../storable.ts";
import { customerKey } from "./events.ts";
import type { MessageWrite, MessageWriter, MessageWriterDeps, NewMessage, WrittenMessage } from "./write.ts";
import { applyMessages } from "./write-batch.ts";

/** Client ids that Pult makes itself: no client may take one before it. */
export const OWN_CLIENT_ID = /^(tg|ig|greeting):/;

const NOTHING = {
  text: "",
  photoIds: [],
  attachments: [],
  content: {},
  writtenAt: null,
  businessConnectionId: null,
  ownerRef: "",
  clientId: null,
  contentHash: null,
  replyToId: null,
  change: null,
  origin: null,
  opens: null,
  mentions: [],
} satisfies Partial<MessageWrite>;

/** @throws DomainError `VALIDATION` for ids that cannot be kept or are not the client's to use; text and names are mended instead */
function storable(message: NewMessage): MessageWrite {
  const write = { ...NOTHING, ...message };
  const own = write.kind === "greeting" || write.origin !== null || write.source === "instagram";
  if (!own && OWN_CLIENT_ID.test(write.clientId ?? ""))
    throw malformed("A client id must not begin with tg:, ig: or greeting:");
  if (![write.clientId ?? "", ...write.photoIds].every(isStorable))
    throw malformed("A client id or photo id holds characters that cannot be kept");
  const text = storableText(write.text);
  return { ...write, text, author: { ...write.author, name: storableText(write.author.name) } };
}

function refuseWhenFull(error: unknown): never {
  if (!(error instanceof BatchWriterFullError)) throw error;
  throw requestError("overloaded", {}, { cause: error });
}

/** The conversation a write goes to, as its caller names it. */
const keyOf = ({ conversation }: MessageWrite): string =>
  "id" in conversation ? String(conversation.id) : customerKey(conversation.channel, conversation.externalId);

/** The one way into `messages`: batches of sends share a transaction, and each is answered after its commit. */
export function createMessageWriter(deps: MessageWriterDeps): MessageWriter {
  const { db, bus, feeds, log } = deps;
  const publish = (results: readonly WrittenMessage[]) => {
    for (const { appended } of results) if (appended) publishAppended(bus, appended);
    if (results.some((result) => result.owes)) publishDue(bus);
  };
  const publishFailed = (error: unknown, { length: messages }: readonly WrittenMessage[]) => {
    log.error({ err: error, messages }, "Failed to publish stored messages; re-reading the logs");
    feeds.verify().catch((failure) => log.error({ err: failure }, "Failed to re-read the logs"));
  };
  const apply = (tx: Transaction, writes: readonly MessageWrite[]) => applyMessages(tx, writes, deps);
  const writer = createBatchWriter<MessageWrite, WrittenMessage>({ db, keyOf, apply, publish, publishFailed });
  return {
    write: async (write) => writer.write(storable(write)).catch(refuseWhenFull),
    idle: writer.idle,
    get waiting() {
      return writer.waiting;
    },
    async writeIn(tx, write) {
      const [outcome] = await apply(tx, [storable(write)]);
      if (outcome?.ok) return outcome.value;
      throw outcome?.error;
    },
    publish(results) {
      try {
        publish(results);
      } catch (error) {
        publishFailed(error, results);
      }
    },
  };
}

/** The writer of this process. */
export const messageWriterOf = perProcess(createMessageWriter);
