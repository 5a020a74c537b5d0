import { FileStore } from "../file-store.ts";
import { readImageSize } from "../image-size.ts";
import { drawPicture } from "../pictures.ts";
import type { MtprotoHost, Plain, StoredFile } from "./state.ts";

/** What is known of a file before it has an id. */
export type NewFile = Pick<StoredFile, "kind" | "mime"> & { attributes?: Plain[]; thumb?: string | null };

/** Files of the data centre, and the drawn pictures `picture-1` to `picture-4` that demo people use. */
export class MtprotoFiles {
  readonly #host: MtprotoHost;
  readonly #store: FileStore<StoredFile>;
  readonly #drawn = new Map<string, Buffer>();

  constructor(host: MtprotoHost) {
    this.#host = host;
    this.#store = new FileStore<StoredFile>(host);
  }

  add(bytes: Buffer, { kind, mime, attributes = [], thumb = null }: NewFile): StoredFile {
    const { state, unixNow } = this.#host;
    const size = readImageSize(bytes);
    const id = String(FIRST_ID + state.nextId++);
    return this.#store.add(bytes, {
      unique: `mtproto-${id}`,
      id,
      kind,
      mime: kind === "photo" ? (size?.mime ?? mime) : mime,
      size: bytes.length,
      width: size?.width ?? 800,
      height: size?.height ?? 600,
      attributes,
      thumb,
      date: unixNow,
    });
  }

  find(unique: string | null): StoredFile | undefined {
    if (unique === null) return undefined;
    return this.#host.state.files.find((file) => file.unique === unique) ?? this.#findDrawn(unique);
  }

  findById(id: string): StoredFile | undefined {
    return this.#host.state.files.find((file) => file.id === id) ?? this.#findDrawn(`picture-${id}`);
  }

  read(unique: string): Buffer | undefined {
    return this.#store.get(unique) ?? this.#draw(unique);
  }

  clear(): void {
    this.#store.clear();
  }

  #findDrawn(unique: string): StoredFile | undefined {
    const bytes = this.#draw(unique);
    if (bytes === undefined) return undefined;
    const { width, height } = readImageSize(bytes) ?? { width: 0, height: 0 };
    const facts = { unique, id: unique.slice("picture-".length), kind: "photo" as const, mime: "image/png" };
    return { ...facts, size: bytes.length, width, height, attributes: [], thumb: null, date: 0 };
  }

  #draw(unique: string): Buffer | undefined {
    const bytes = this.#drawn.get(unique) ?? drawPicture(unique);
    if (bytes === null) return undefined;
    this.#drawn.set(unique, bytes);
    return bytes;
  }
}

/** Above those of drawn pictures, and beyond 32 bits as real ones are. */
const FIRST_ID = 5_000_000_000;
