import { createWriteLane, WriteLaneFullError } from "@pult/db/write-lane.ts";
import { DomainError } from "../errors.ts";
import { publishAppended } from "../realtime/log.ts";
import { isStorable } from "../storable.ts";
import { outboxTopic } from "./events.ts";
import { storableText } from "./text.ts";
import type { MessageWrite, SupportLane, SupportLaneOptions, WrittenMessage } from "./write.ts";
import { applyMessages } from "./write-batch.ts";

/** Client ids that Pult makes itself: no client may take one before it. */
export const OWN_CLIENT_ID = /^(tg|greeting):/;

/** @throws DomainError `VALIDATION` for ids that cannot be kept or are not the client's to use; text and names are mended instead */
function storable(write: MessageWrite): MessageWrite {
  const own = write.kind === "greeting" || write.origin !== null;
  if (!own && OWN_CLIENT_ID.test(write.clientId ?? ""))
    throw new DomainError("VALIDATION", "A client id must not begin with tg: or greeting:");
  if (![write.clientId ?? "", ...write.photoIds].every(isStorable))
    throw new DomainError("VALIDATION", "A client id or photo id holds characters that cannot be kept");
  const text = storableText(write.text);
  return { ...write, text, author: { ...write.author, name: storableText(write.author.name) } };
}

function refuseWhenFull(error: unknown): never {
  if (!(error instanceof WriteLaneFullError)) throw error;
  throw new DomainError("UNAVAILABLE", "Too much at once; try again in a moment", { cause: error });
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
    write: async (write) => lane.write(storable(write)).catch(refuseWhenFull),
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
