import type { QueuedItem } from "@pult/api/connection/send-queue.ts";
import type { Photo } from "@pult/api/media/schema.ts";
import { createStore, del, promisifyRequest, values } from "idb-keyval";
import type { Failure } from "../../trpc/failure.ts";
import { type Outgoing, type QueueOptions, SendQueue } from "./send-queue.ts";

/** Pixels are 0 where the browser cannot read the format (HEIC). */
type PhotoFile = { file: Blob; name: string; width: number; height: number };

type OutgoingPhoto = PhotoFile & {
  /** Object URL of the file, for as long as the page lives. */
  previewUrl: string;
  /** 0 to 1 while it is under way. */
  progress: number;
  /** Set once the server has it. */
  uploadedId: string | null;
};

type Body = { text: string; photos: readonly OutgoingPhoto[] };

/** A message that the server has not confirmed yet, with its photos. */
export type OutgoingMessage = Outgoing<Body>;

/** What survives the page being closed. */
export type KeptMessage = Pick<OutgoingMessage, "clientId" | "text" | "createdAt"> & {
  photos: (PhotoFile & { uploadedId: string | null })[];
};

export type PhotoQueueStorage = {
  put(item: KeptMessage): Promise<void>;
  remove(clientId: string): Promise<void>;
  all(): Promise<KeptMessage[]>;
};

/**
 * Unsent messages of one user in IndexedDB, which keeps photos as they are. Every call rejects where the browser keeps nothing, and before
 * the user is known: no other user of the browser finds what is theirs.
 */
export function openStorage(knownId: () => string | null): PhotoQueueStorage {
  const store = createStore("pult-mini-app", "outgoing");
  const userId = () => {
    const id = knownId();
    if (id === null) throw new Error("Whose messages these are is not known yet");
    return id;
  };
  return {
    async put(item) {
      const row = { ...item, userId: userId() };
      await store("readwrite", (rows) => {
        // Where an earlier version made the store, keys are read from the rows.
        rows.put(row, rows.keyPath ? undefined : [row.userId, row.clientId]);
        return promisifyRequest(rows.transaction);
      });
    },
    async remove(clientId) {
      await del([userId(), clientId], store);
    },
    async all() {
      const id = userId();
      const rows = await values<KeptMessage & { userId: string }>(store);
      return rows.filter((row) => row.userId === id);
    },
  };
}

type PhotoQueueOptions<Sent> = Pick<QueueOptions<Body, Sent>, "toFailure" | "onFailed" | "online" | "setTimer"> & {
  upload(file: Blob, name: string, onProgress: (share: number) => void): Promise<Pick<Photo, "id">>;
  onUploaded(photoId: string, previewUrl: string): void;
  /** The same client id twice is stored once. */
  send(message: { clientId: string; text: string; photoIds: string[] }): Promise<Sent>;
  onSent(message: Sent, wasWaiting: boolean): void;
  storage: PhotoQueueStorage;
  previewOf(file: Blob): string;
};

const QUEUE = "own";

/** Messages on their way with their photos, which are uploaded first; kept over the closing of the page. */
export class PhotoQueue<Sent> extends SendQueue<Body, Sent> {
  readonly #options: PhotoQueueOptions<Sent>;

  constructor(options: PhotoQueueOptions<Sent>) {
    const { storage, onSent, upload, onUploaded, send, previewOf, ...rest } = options;
    super({
      ...rest,
      send: (item) => this.#send(item),
      onSent: (message, { reason }) => onSent(message, reason !== null),
      store: {
        load: async () => (await storage.all()).map((item) => this.#restored(item)),
        put: ({ clientId, createdAt, body }) =>
          storage.put({
            clientId,
            createdAt,
            text: body.text,
            photos: body.photos.map(({ previewUrl, progress, ...kept }) => kept),
          }),
        remove: storage.remove,
      },
      queueOf: () => QUEUE,
      showsNewAsSending: false,
    });
    this.#options = options;
  }

  /** Takes up what an earlier visit left, and sends it. */
  override async restore(): Promise<void> {
    await super.restore();
    this.flush();
  }

  write(message: { clientId: string; text: string; photos: readonly PhotoFile[]; createdAt: string }): void {
    this.add({ ...message, photos: message.photos.map((photo) => this.#photo(photo, null)) });
  }

  #restored({ clientId, text, createdAt, photos }: KeptMessage) {
    const body = { text, photos: photos.map((photo) => this.#photo(photo, photo.uploadedId)) };
    return { clientId, queue: QUEUE, body, createdAt, state: "queued" as const, reason: null };
  }

  #photo({ file, name, width, height }: PhotoFile, uploadedId: string | null): OutgoingPhoto {
    const previewUrl = this.#options.previewOf(file);
    return { file, name, width, height, previewUrl, progress: uploadedId ? 1 : 0, uploadedId };
  }

  async #send({ clientId, body }: QueuedItem<Body, Failure>): Promise<Sent> {
    const photoIds: string[] = [];
    for (const [index, photo] of body.photos.entries()) {
      photoIds.push(photo.uploadedId ?? (await this.#upload(clientId, index, photo)));
    }
    if (!this.find(clientId)) throw new Error("The message was discarded while its photos were uploading");
    return this.#options.send({ clientId, text: body.text, photoIds });
  }

  async #upload(clientId: string, index: number, photo: OutgoingPhoto): Promise<string> {
    const { id } = await this.#options.upload(photo.file, photo.name, (progress) =>
      this.#changePhoto(clientId, index, { progress }),
    );
    this.#options.onUploaded(id, photo.previewUrl);
    this.#changePhoto(clientId, index, { progress: 1, uploadedId: id });
    return id;
  }

  /** Only what was uploaded is worth keeping again. */
  #changePhoto(clientId: string, index: number, fields: Partial<OutgoingPhoto>): void {
    const change = ({ text, photos }: Body): Body => ({
      text,
      photos: photos.map((photo, at) => (at === index ? { ...photo, ...fields } : photo)),
    });
    this.update(clientId, change, { keep: fields.uploadedId !== undefined });
  }
}
