import type { Message, Photo } from "@pult/api/support/schema.ts";
import { type Failure, isTransient } from "../../trpc/failure.ts";

/** A photo that was chosen, with its pixels where the browser can read them (0 where it cannot). */
export type ChosenPhoto = { file: Blob; name: string; width: number; height: number };

export type OutgoingPhoto = ChosenPhoto & {
  /** Object URL of the file, for as long as the page lives. */
  previewUrl: string;
  /** 0 to 1 while it is under way. */
  progress: number;
  /** Set once the server has it. */
  uploadedId: string | null;
};

/** A message that the server has not confirmed yet. */
export type Outgoing = {
  clientId: string;
  text: string;
  photos: readonly OutgoingPhoto[];
  createdAt: string;
  /** `waiting` tries again by itself; `failed` waits for a person. */
  state: "waiting" | "sending" | "failed";
  failure: Failure | null;
};

/** What survives the page being closed. */
export type KeptOutgoing = Pick<Outgoing, "clientId" | "text" | "createdAt"> & {
  photos: (ChosenPhoto & { uploadedId: string | null })[];
};

export type OutboxKeep = {
  put(item: KeptOutgoing): Promise<void>;
  remove(clientId: string): Promise<void>;
  all(): Promise<KeptOutgoing[]>;
};

export type CustomerOutboxPorts = {
  upload(file: Blob, name: string, onProgress: (share: number) => void): Promise<Photo>;
  onUploaded(photoId: string, previewUrl: string): void;
  /** The same client id twice is stored once. */
  send(message: { clientId: string; text: string; photoIds: string[] }): Promise<Message>;
  toFailure(error: unknown): Failure;
  onSent(message: Message, wasWaiting: boolean): void;
  onFailed(): void;
  keep: OutboxKeep;
  previewOf(file: Blob): string;
  setTimer(run: () => void, delayMs: number): void;
};

const RETRY_CAP_MS = 30_000;

/**
 * Messages on their way: one after the other, kept until the server has them, so that neither a lost connection nor a closed page loses
 * one, and repeated under the same client id, so that none is stored twice.
 */
export class CustomerOutbox {
  readonly #ports: CustomerOutboxPorts;
  readonly #listeners = new Set<() => void>();
  #items: readonly Outgoing[] = [];
  #attempts = 0;
  #isBusy = false;
  #isStopped = false;

  constructor(ports: CustomerOutboxPorts) {
    this.#ports = ports;
  }

  readonly snapshot = (): readonly Outgoing[] => this.#items;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** Takes up what an earlier visit left. */
  async restore(): Promise<void> {
    const kept = await this.#ports.keep.all();
    const known = new Set(this.#items.map((item) => item.clientId));
    const restored = kept
      .filter((item) => !known.has(item.clientId))
      .map((item): Outgoing => {
        const photos = item.photos.map((photo) => this.#photo(photo, photo.uploadedId));
        return { ...item, photos, state: "waiting", failure: null };
      });
    this.#set([...restored, ...this.#items].sort((a, b) => (a.createdAt < b.createdAt ? -1 : 1)));
    this.flush();
  }

  add(message: { clientId: string; text: string; photos: readonly ChosenPhoto[]; createdAt: string }): void {
    const photos = message.photos.map((photo) => this.#photo(photo, null));
    const item: Outgoing = { ...message, photos, state: "waiting", failure: null };
    this.#set([...this.#items, item]);
    this.#keep(item.clientId);
    this.flush();
  }

  /** Tries what waits; called when the connection is back. */
  readonly flush = (): void => {
    void this.#run();
  };

  readonly retry = (clientId: string): void => {
    this.#attempts = 0;
    this.#change(clientId, { state: "waiting", failure: null });
    this.flush();
  };

  readonly discard = (clientId: string): void => this.#drop(clientId);

  /** The server has it, as its log says: the answer to our own call may have been lost. */
  confirm(message: Pick<Message, "clientId">): void {
    if (this.#items.some((item) => item.clientId === message.clientId)) this.#drop(message.clientId ?? "");
  }

  stop(): void {
    this.#isStopped = true;
  }

  #photo({ file, name, width, height }: ChosenPhoto, uploadedId: string | null): OutgoingPhoto {
    const previewUrl = this.#ports.previewOf(file);
    return { file, name, width, height, previewUrl, progress: uploadedId ? 1 : 0, uploadedId };
  }

  async #run(): Promise<void> {
    if (this.#isBusy) return;
    this.#isBusy = true;
    try {
      for (;;) {
        const next = this.#items.find((item) => item.state !== "failed");
        if (!next || this.#isStopped || !(await this.#attempt(next))) return;
      }
    } finally {
      this.#isBusy = false;
    }
  }

  /** Whether the next may go. */
  async #attempt({ clientId, failure }: Outgoing): Promise<boolean> {
    this.#change(clientId, { state: "sending" });
    try {
      const photoIds = await this.#upload(clientId);
      const item = this.#find(clientId);
      if (!item) return true;
      const message = await this.#ports.send({ clientId, text: item.text, photoIds });
      this.#attempts = 0;
      this.#ports.onSent(message, failure !== null);
      this.#drop(clientId);
      return true;
    } catch (error) {
      return this.#fail(clientId, this.#ports.toFailure(error));
    }
  }

  #fail(clientId: string, failure: Failure): boolean {
    if (!isTransient(failure)) {
      this.#change(clientId, { state: "failed", failure });
      this.#ports.onFailed();
      return true;
    }
    this.#change(clientId, { state: "waiting", failure });
    const backoffMs = Math.min(1000 * 2 ** this.#attempts++, RETRY_CAP_MS);
    this.#ports.setTimer(this.flush, Math.max((failure.retryAfterSeconds ?? 0) * 1000, backoffMs));
    return false;
  }

  async #upload(clientId: string): Promise<string[]> {
    const ids: string[] = [];
    for (const [index, photo] of (this.#find(clientId)?.photos ?? []).entries()) {
      const id = photo.uploadedId ?? (await this.#uploadOne(clientId, index, photo));
      ids.push(id);
    }
    return ids;
  }

  async #uploadOne(clientId: string, index: number, photo: OutgoingPhoto): Promise<string> {
    const { id } = await this.#ports.upload(photo.file, photo.name, (progress) =>
      this.#changePhoto(clientId, index, { progress }),
    );
    this.#ports.onUploaded(id, photo.previewUrl);
    this.#changePhoto(clientId, index, { progress: 1, uploadedId: id });
    this.#keep(clientId);
    return id;
  }

  #find(clientId: string): Outgoing | undefined {
    return this.#items.find((item) => item.clientId === clientId);
  }

  #changePhoto(clientId: string, index: number, change: Partial<OutgoingPhoto>): void {
    const photos = this.#find(clientId)?.photos.map((photo, at) => (at === index ? { ...photo, ...change } : photo));
    if (photos) this.#change(clientId, { photos });
  }

  #change(clientId: string, change: Partial<Outgoing>): void {
    this.#set(this.#items.map((item) => (item.clientId === clientId ? { ...item, ...change } : item)));
  }

  #drop(clientId: string): void {
    this.#set(this.#items.filter((item) => item.clientId !== clientId));
    // A browser that keeps nothing has nothing to forget.
    this.#ports.keep.remove(clientId).catch(() => {});
  }

  #keep(clientId: string): void {
    const item = this.#find(clientId);
    if (!item) return;
    const photos = item.photos.map(({ previewUrl, progress, ...kept }) => kept);
    const { text, createdAt } = item;
    // A browser that keeps nothing still sends; only closing the page would lose the message.
    this.#ports.keep.put({ clientId, text, createdAt, photos }).catch(() => {});
  }

  #set(items: readonly Outgoing[]): void {
    this.#items = items;
    for (const listener of this.#listeners) listener();
  }
}
