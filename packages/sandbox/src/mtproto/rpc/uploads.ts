import { Api } from "telegram/tl/index.js";
import { RpcError } from "./rpc-error.ts";

/** Parts of unfinished uploads of all clients together; beyond it the oldest uploads are forgotten. */
const TOTAL_LIMIT_BYTES = 512 * 1024 * 1024;
const MAX_PARTS = 4_000;

interface Upload {
  parts: Map<number, Buffer>;
  bytes: number;
}

/** Files on their way up, by the id that the client chose. */
export class Uploads {
  readonly #uploads = new Map<string, Upload>();
  #total = 0;

  /** `key` names the account and the file. @throws RpcError */
  add(key: string, part: number, bytes: Buffer): void {
    if (part < 0 || part >= MAX_PARTS) throw new RpcError("FILE_PART_INVALID");
    if (bytes.length === 0) throw new RpcError("FILE_PART_EMPTY");
    const upload = this.#uploads.get(key) ?? { parts: new Map<number, Buffer>(), bytes: 0 };
    this.#uploads.set(key, upload);
    if (upload.bytes + bytes.length > TOTAL_LIMIT_BYTES) throw new RpcError("FILE_PARTS_INVALID");
    const added = bytes.length - (upload.parts.get(part)?.length ?? 0);
    upload.parts.set(part, Buffer.from(bytes));
    upload.bytes += added;
    this.#total += added;
    for (const oldest of this.#uploads.keys()) {
      if (this.#total <= TOTAL_LIMIT_BYTES || oldest === key) break;
      this.#forget(oldest);
    }
  }

  /** The whole file, which is then forgotten here. @throws RpcError when parts are missing */
  take(accountId: number, input: Api.TypeInputFile): Buffer {
    if (!(input instanceof Api.InputFile || input instanceof Api.InputFileBig)) throw new RpcError("MEDIA_INVALID");
    const key = uploadKey(accountId, String(input.id));
    const upload = this.#uploads.get(key);
    const parts: Buffer[] = [];
    for (let part = 0; part < input.parts; part++) {
      const bytes = upload?.parts.get(part);
      if (bytes === undefined) throw new RpcError(`FILE_PART_${part}_MISSING`);
      parts.push(bytes);
    }
    this.#forget(key);
    return Buffer.concat(parts);
  }

  clear(): void {
    this.#uploads.clear();
    this.#total = 0;
  }

  #forget(key: string): void {
    this.#total -= this.#uploads.get(key)?.bytes ?? 0;
    this.#uploads.delete(key);
  }
}

export function uploadKey(accountId: number, fileId: string): string {
  return `${accountId}/${fileId}`;
}
