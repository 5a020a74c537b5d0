import { randomBytes } from "node:crypto";
import * as nodeFiles from "node:fs/promises";
import { join } from "node:path";
import { DomainError } from "@pult/api/errors.ts";
import type { MediaStore, OpenedMedia, StoredPhoto } from "@pult/api/support/media-store.ts";
import { createGate } from "./gate.ts";
import { type EncodedPhoto, encodePhoto } from "./photo-codec.ts";

const MAX_BYTES = 10 * 1024 * 1024;
const DECODERS = 2;
const TEMP_PREFIX = ".incoming-";
const TEMP_LIFETIME_MS = 60 * 60 * 1000;
const CHUNK_BYTES = 64 * 1024;
// 128 random bits are 22 characters, which keeps a thumbnail's name apart from a photo's.
const KEY = /^(?<id>[A-Za-z0-9_-]{22})(?<thumb>_thumb)?\.(?<extension>jpg|png|webp|gif)$/;

const CONTENT_TYPES: Readonly<Record<string, string>> = {
  jpg: "image/jpeg",
  png: "image/png",
  webp: "image/webp",
  gif: "image/gif",
};

type Files = Pick<typeof nodeFiles, "mkdir" | "open" | "readdir" | "rename" | "rm" | "stat">;

export interface DiskMediaOptions {
  /** Made with mode 700 when absent. Several nodes may share it. */
  directory: string;
  /** File system; tests put a failing one here. */
  files?: Files;
}

/**
 * Photos as files in one directory: written under a temporary name, flushed, then renamed, so a name that exists is whole.
 * A full disk is `UNAVAILABLE`; other errors of the disk are passed on.
 */
export async function openDiskMedia({ directory, files = nodeFiles }: DiskMediaOptions): Promise<MediaStore> {
  await files.mkdir(directory, { recursive: true, mode: 0o700 });
  await removeOldTemporaries(directory, files);
  const gate = createGate(DECODERS);
  return {
    async savePhoto(source) {
      const spooled = temporaryIn(directory);
      try {
        await spool(files, spooled, source);
        // However many come at once, only what is being decoded is in memory.
        return await gate(async () => writePhoto(directory, files, await encodePhoto(await readWhole(files, spooled))));
      } finally {
        await files.rm(spooled, { force: true }).catch(() => undefined);
      }
    },
    open: (key) => openKey(directory, files, key),
    async remove(key) {
      const match = KEY.exec(key)?.groups;
      if (match === undefined) return;
      const names = match.thumb === undefined ? [key, `${match.id}_thumb.webp`] : [key];
      await Promise.all(names.map((name) => files.rm(join(directory, name), { force: true })));
    },
    async *keys() {
      for (const name of await files.readdir(directory)) if (KEY.test(name)) yield name;
    },
    async restore(key, bytes) {
      if (!KEY.test(key)) throw new DomainError("VALIDATION", "Not the name of a photo");
      await writeWhole(directory, files, { name: key, bytes }).catch(failWrite);
    },
  };
}

const temporaryIn = (directory: string): string => join(directory, TEMP_PREFIX + randomBytes(16).toString("base64url"));

async function spool(files: Files, path: string, source: AsyncIterable<Uint8Array>): Promise<void> {
  const handle = await files.open(path, "wx", 0o600).catch(failWrite);
  let size = 0;
  try {
    for await (const chunk of source) {
      size += chunk.length;
      if (size > MAX_BYTES) throw new DomainError("PAYLOAD_TOO_LARGE", "The photo is larger than 10 MB");
      await handle.writeFile(chunk);
    }
  } catch (error) {
    failWrite(error);
  } finally {
    await handle.close();
  }
}

async function readWhole(files: Files, path: string): Promise<Uint8Array> {
  const handle = await files.open(path, "r");
  try {
    return await handle.readFile();
  } finally {
    await handle.close();
  }
}

async function writePhoto(directory: string, files: Files, photo: EncodedPhoto): Promise<StoredPhoto> {
  const id = randomBytes(16).toString("base64url");
  const key = `${id}.${photo.extension}`;
  const thumbKey = `${id}_thumb.webp`;
  try {
    await writeWhole(directory, files, { name: thumbKey, bytes: photo.thumb });
    await writeWhole(directory, files, { name: key, bytes: photo.bytes });
  } catch (error) {
    await files.rm(join(directory, thumbKey), { force: true }).catch(() => undefined);
    failWrite(error);
  }
  const { contentType, width, height, bytes } = photo;
  return { key, thumbKey, contentType, width, height, sizeBytes: bytes.length };
}

async function writeWhole(directory: string, files: Files, file: { name: string; bytes: Uint8Array }): Promise<void> {
  const temporary = temporaryIn(directory);
  try {
    const handle = await files.open(temporary, "wx", 0o600);
    try {
      await handle.writeFile(file.bytes);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await files.rename(temporary, join(directory, file.name));
  } catch (error) {
    await files.rm(temporary, { force: true }).catch(() => undefined);
    throw error;
  }
}

async function openKey(directory: string, files: Files, key: string): Promise<OpenedMedia | null> {
  const contentType = CONTENT_TYPES[KEY.exec(key)?.groups?.extension ?? ""];
  if (contentType === undefined) return null;
  const path = join(directory, key);
  const found = await files.stat(path).catch((error: unknown) => {
    if (errorCode(error) === "ENOENT") return null;
    throw error;
  });
  if (!found?.isFile()) return null;
  return { contentType, sizeBytes: found.size, stream: readFile(path, files) };
}

// The file is opened by the first read: a caller that only wants the size leaves no descriptor behind.
async function* readFile(path: string, files: Files): AsyncGenerator<Uint8Array> {
  const handle = await files.open(path, "r");
  try {
    for (;;) {
      const { bytesRead, buffer } = await handle.read(Buffer.allocUnsafe(CHUNK_BYTES), 0, CHUNK_BYTES, null);
      if (bytesRead === 0) return;
      yield buffer.subarray(0, bytesRead);
    }
  } finally {
    await handle.close();
  }
}

// What a killed process left. Young ones may belong to another node that shares the directory.
async function removeOldTemporaries(directory: string, files: Files): Promise<void> {
  const names = await files.readdir(directory);
  for (const name of names.filter((name) => name.startsWith(TEMP_PREFIX))) {
    const path = join(directory, name);
    const found = await files.stat(path).catch(() => null);
    if (found && Date.now() - found.mtimeMs > TEMP_LIFETIME_MS) await files.rm(path, { force: true });
  }
}

function failWrite(error: unknown): never {
  throw isDiskFull(error) ? new DomainError("UNAVAILABLE", "There is no room for photos", { cause: error }) : error;
}

function isDiskFull(error: unknown): boolean {
  return errorCode(error) === "ENOSPC" || errorCode(error) === "EDQUOT";
}

function errorCode(error: unknown): unknown {
  return error instanceof Error && "code" in error ? error.code : undefined;
}
