import type { Connection } from "@pult/api/connection/connection.ts";
import { createOutbox, type Outbox, type OutboxItem } from "@pult/api/connection/outbox.ts";
import type { Message, Photo } from "@pult/api/support/schema.ts";
import { type Failure, sendFailure } from "../../trpc/failure.ts";

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
  online?: Pick<Connection, "get" | "subscribe">;
  setTimer?(run: () => void, delayMs: number): void;
};

type Body = { text: string; photos: readonly OutgoingPhoto[] };

const LANE = "own";

function shown({ clientId, body, createdAt, state, reason }: OutboxItem<Body, Failure>): Outgoing {
  return { clientId, ...body, createdAt, state: state === "queued" ? "waiting" : state, failure: reason };
}

/** A customer's messages on their way with their photos, kept over the closing of the page. */
export class CustomerOutbox {
  readonly #ports: CustomerOutboxPorts;
  readonly #mechanism: Outbox<Body, Failure>;
  #items: readonly Outgoing[] = [];

  constructor(ports: CustomerOutboxPorts) {
    this.#ports = ports;
    const { keep, online, setTimer } = ports;
    this.#mechanism = createOutbox<Body, Message, Failure>({
      send: (item) => this.#send(item.clientId),
      toFailure: (error) => sendFailure(ports.toFailure(error)),
      onSent: (message, { reason }) => ports.onSent(message, reason !== null),
      onFailed: () => ports.onFailed(),
      store: {
        load: async () => (await keep.all()).map((item) => this.#restored(item)),
        put: ({ clientId, createdAt, body }) =>
          keep.put({
            clientId,
            createdAt,
            text: body.text,
            photos: body.photos.map(({ previewUrl, progress, ...kept }) => kept),
          }),
        remove: (clientId) => keep.remove(clientId),
      },
      ...(online ? { online } : {}),
      ...(setTimer ? { setTimer } : {}),
    });
    this.#mechanism.subscribe(() => {
      this.#items = this.#mechanism.get().map(shown);
    });
  }

  readonly snapshot = (): readonly Outgoing[] => this.#items;

  readonly subscribe = (listener: () => void): (() => void) => this.#mechanism.subscribe(listener);

  /** Takes up what an earlier visit left. */
  async restore(): Promise<void> {
    await this.#mechanism.restore();
    this.flush();
  }

  add({
    clientId,
    text,
    photos,
    createdAt,
  }: {
    clientId: string;
    text: string;
    photos: readonly ChosenPhoto[];
    createdAt: string;
  }): void {
    const body = { text, photos: photos.map((photo) => this.#photo(photo, null)) };
    this.#mechanism.add({ clientId, lane: LANE, body, createdAt });
  }

  /** Tries what waits. */
  readonly flush = (): void => this.#mechanism.flush();

  readonly retry = (clientId: string): void => this.#mechanism.retry(clientId);

  readonly discard = (clientId: string): void => this.#mechanism.discard(clientId);

  /** The server has it, as its log says. */
  confirm({ clientId }: Pick<Message, "clientId">): void {
    if (clientId) this.#mechanism.confirm(clientId);
  }

  stop(): void {
    this.#mechanism.stop();
  }

  #restored({ clientId, text, createdAt, photos }: KeptOutgoing) {
    const body = { text, photos: photos.map((photo) => this.#photo(photo, photo.uploadedId)) };
    return { clientId, lane: LANE, body, createdAt, state: "queued" as const, reason: null };
  }

  #photo({ file, name, width, height }: ChosenPhoto, uploadedId: string | null): OutgoingPhoto {
    const previewUrl = this.#ports.previewOf(file);
    return { file, name, width, height, previewUrl, progress: uploadedId ? 1 : 0, uploadedId };
  }

  async #send(clientId: string): Promise<Message> {
    const photoIds: string[] = [];
    for (const [index, photo] of (this.#find(clientId)?.photos ?? []).entries()) {
      photoIds.push(photo.uploadedId ?? (await this.#upload(clientId, index, photo)));
    }
    const item = this.#find(clientId);
    if (!item) throw new Error("It was taken back while its photos were on their way");
    return this.#ports.send({ clientId, text: item.text, photoIds });
  }

  #find(clientId: string): Outgoing | undefined {
    return this.#items.find((item) => item.clientId === clientId);
  }

  async #upload(clientId: string, index: number, photo: OutgoingPhoto): Promise<string> {
    const { id } = await this.#ports.upload(photo.file, photo.name, (progress) =>
      this.#changePhoto(clientId, index, { progress }),
    );
    this.#ports.onUploaded(id, photo.previewUrl);
    this.#changePhoto(clientId, index, { progress: 1, uploadedId: id });
    return id;
  }

  /** Only what was uploaded is worth keeping again. */
  #changePhoto(clientId: string, index: number, fields: Partial<OutgoingPhoto>): void {
    const change = ({ text, photos }: Body): Body => ({
      text,
      photos: photos.map((photo, at) => (at === index ? { ...photo, ...fields } : photo)),
    });
    this.#mechanism.update(clientId, change, { keep: fields.uploadedId !== undefined });
  }
}
