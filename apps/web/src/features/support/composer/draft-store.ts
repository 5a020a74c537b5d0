export type Draft = {
  mode: "reply" | "note";
  /** One text each, so that switching does not show a note to the customer. */
  reply: string;
  note: string;
  replyToId: number | null;
  /** Epoch milliseconds of the last change, 0 when nothing is kept. */
  savedAt: number;
};

export const EMPTY_DRAFT: Draft = { mode: "reply", reply: "", note: "", replyToId: null, savedAt: 0 };

type DraftStorage = Pick<Storage, "getItem" | "setItem" | "removeItem">;

/** Drafts in the browser's storage, apart for each agent and conversation. A full or forbidden storage is reported, not thrown. */
export class DraftStore {
  readonly #storage: DraftStorage;
  readonly #agentId: string;

  constructor(storage: DraftStorage, agentId: string) {
    this.#storage = storage;
    this.#agentId = agentId;
  }

  #key(conversationId: number): string {
    return `pult.draft.${this.#agentId}.${conversationId}`;
  }

  read(conversationId: number): Draft {
    try {
      const stored: unknown = JSON.parse(this.#storage.getItem(this.#key(conversationId)) ?? "null");
      return parseDraft(stored);
    } catch {
      return EMPTY_DRAFT;
    }
  }

  /** Returns the draft with the time it was kept at, or null when the browser keeps nothing. */
  write(conversationId: number, draft: Draft, now: number): Draft | null {
    try {
      if (draft.reply === "" && draft.note === "" && draft.replyToId === null) {
        this.#storage.removeItem(this.#key(conversationId));
        return { ...draft, savedAt: 0 };
      }
      const kept = { ...draft, savedAt: now };
      this.#storage.setItem(this.#key(conversationId), JSON.stringify(kept));
      return kept;
    } catch {
      return null;
    }
  }
}

function parseDraft(stored: unknown): Draft {
  if (typeof stored !== "object" || stored === null) return EMPTY_DRAFT;
  const { mode, reply, note, replyToId, savedAt } = stored as Record<string, unknown>;
  return {
    mode: mode === "note" ? "note" : "reply",
    reply: typeof reply === "string" ? reply : "",
    note: typeof note === "string" ? note : "",
    replyToId: typeof replyToId === "number" ? replyToId : null,
    savedAt: typeof savedAt === "number" ? savedAt : 0,
  };
}
