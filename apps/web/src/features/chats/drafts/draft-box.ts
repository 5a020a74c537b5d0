import type { Draft } from "@pult/api/chats/schema.ts";
import { createStore } from "zustand/vanilla";
import type { WebClient } from "../../../trpc/client.ts";

/** What an agent writes in one chat. */
export type OwnDraft = {
  text: string;
  /** The newest that the server told of. */
  revision: number;
  /** What the server has. */
  saved: string;
  /** What another page of the agent's wrote meanwhile; null where nothing is to be chosen. */
  other: string | null;
};

type State = {
  own: ReadonlyMap<string, OwnDraft>;
  /** Of colleagues, by chat and author. */
  others: ReadonlyMap<string, Draft>;
};

const NONE: OwnDraft = { text: "", revision: 0, saved: "", other: null };
const PAUSE_MS = 500;
const RETRY_MS = 5_000;

type Options = { client: Pick<WebClient, "chats">; accountId: string; authorId: string };

/** Drafts of one account: kept on the server, with its revisions, so that no page overwrites what another wrote. */
export class DraftBox {
  readonly state = createStore<State>(() => ({ own: new Map(), others: new Map() }));
  readonly #options: Options;
  readonly #timers = new Map<string, ReturnType<typeof setTimeout>>();
  readonly #saving = new Set<string>();

  constructor(options: Options) {
    this.#options = options;
  }

  /** Reads the agent's own, and follows all until the returned function is called. */
  follow(): () => void {
    const { client, accountId } = this.#options;
    const subscription = client.chats.onDrafts.subscribe(
      { accountId },
      {
        onData: (draft) => this.hear(draft),
        // Again after each reconnection: what was told meanwhile is read.
        onStarted: () => void this.#read({ accountId }),
        onError: () => {},
      },
    );
    const flush = () => {
      for (const chatId of [...this.#timers.keys()]) this.#flush(chatId);
    };
    // The last words before a reload are not left to a timer that never fires.
    const leave = new AbortController();
    addEventListener("pagehide", flush, leave);
    document.addEventListener("visibilitychange", flush, leave);
    return () => {
      leave.abort();
      subscription.unsubscribe();
      flush();
    };
  }

  of(chatId: string): OwnDraft {
    return this.state.getState().own.get(chatId) ?? NONE;
  }

  /** Reads what colleagues are writing in a chat. */
  open(chatId: string): void {
    const { accountId } = this.#options;
    void this.#read({ accountId, chatId });
  }

  write(chatId: string, text: string): void {
    this.#set(chatId, { text });
    this.#soon(chatId, PAUSE_MS);
  }

  /** Ends the choice between what was written here and there. */
  choose(chatId: string, which: "mine" | "other" | "both"): void {
    const { text, other } = this.of(chatId);
    if (other === null) return;
    const chosen = { mine: text, other, both: `${text.trimEnd()}\n${other}` }[which];
    this.#set(chatId, { text: chosen, other: null });
    this.#soon(chatId, 0);
  }

  hear(draft: Draft): void {
    const { authorId, chatId, text, revision } = draft;
    if (authorId !== this.#options.authorId) this.#hearOther(draft);
    else if (revision > this.of(chatId).revision && !this.#saving.has(chatId)) this.#settle(chatId, { text, revision });
  }

  #hearOther(draft: Draft): void {
    const key = `${draft.chatId}/${draft.authorId}`;
    const others = new Map(this.state.getState().others);
    if (draft.text.trim() === "") others.delete(key);
    else others.set(key, draft);
    this.state.setState({ others });
  }

  /** The server has this. What is written here and nowhere else stays, and the choice is the agent's. */
  #settle(chatId: string, { text, revision }: { text: string; revision: number }): void {
    const known = this.of(chatId);
    const isChanged = known.text !== known.saved && known.text !== text;
    const isNews = text.trim() !== "" && text !== known.saved;
    if (!isChanged) this.#set(chatId, { text, saved: text, revision, other: null });
    else this.#set(chatId, { saved: text, revision, other: isNews ? text : null });
    if (isChanged && !isNews) this.#soon(chatId, 0);
  }

  async #read(input: { accountId: string; chatId?: string }): Promise<void> {
    const read = await this.#options.client.chats.drafts.list.query(input).catch(() => null);
    for (const draft of read?.items ?? []) this.hear(draft);
  }

  #soon(chatId: string, ms: number): void {
    clearTimeout(this.#timers.get(chatId));
    this.#timers.set(
      chatId,
      setTimeout(() => this.#flush(chatId), ms),
    );
  }

  #flush(chatId: string): void {
    clearTimeout(this.#timers.get(chatId));
    this.#timers.delete(chatId);
    void this.#save(chatId);
  }

  async #save(chatId: string): Promise<void> {
    const { text, saved, revision, other } = this.of(chatId);
    if (this.#saving.has(chatId)) return this.#soon(chatId, PAUSE_MS);
    // While there is a choice to make, nothing is written over the other text.
    if (text === saved || other !== null) return;
    const { client, accountId } = this.#options;
    this.#saving.add(chatId);
    try {
      const { isSaved, draft } = await client.chats.drafts.save.mutate({ accountId, chatId, text, revision });
      if (isSaved) this.#set(chatId, { saved: text, revision: draft.revision });
      else this.#settle(chatId, draft);
      if (this.of(chatId).text !== this.of(chatId).saved) this.#soon(chatId, PAUSE_MS);
    } catch {
      this.#soon(chatId, RETRY_MS);
    } finally {
      this.#saving.delete(chatId);
    }
  }

  #set(chatId: string, change: Partial<OwnDraft>): void {
    this.state.setState(({ own }) => ({ own: new Map(own).set(chatId, { ...(own.get(chatId) ?? NONE), ...change }) }));
  }
}
