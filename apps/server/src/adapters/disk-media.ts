import { randomBytes } from "node:crypto";
import * as nodeFiles from "node:fs/promises";
import { join } from "node:path";
import { malformed } from "@pult/api/errors.ts";
import { mediaError } from "@pult/api/media/errors.ts";
import type { ByteRange, MediaStore, OpenedFile } from "@pult/api/media/store.ts";
import { fileTypeFromFile } from "file-type";
import pLimit from "p-limit";
import sharp from "sharp";
import { encodeImage } from "./image-codec.ts";

const DECODERS = 2;
const TEMP_PREFIX = ".incoming-";
const TEMP_LIFETIME_MS = 60 * 60 * 1000;
const CHUNK_BYTES = 64 * 1024;
// 128 random bits are 22 characters, which keeps a thumbnail's name apart from a file's.
const KEY = /^(?<id>[A-Za-z0-9_-]{22})(?<thumb>_thumb)?\.(?<extension>[a-z0-9]{3,4})$/;

/** Kinds that browsers show without running anything in them. Whatever else is stored is only ever downloaded. */
const CONTENT_TYPES: ReadonlyMap<string | undefined, string> = new Map([
  ["jpg", "image/jpeg"],
  ["png", "image/png"],
  ["webp", "image/webp"],
  ["gif", "image/gif"],
  ["mp4", "video/mp4"],
  ["webm", "video/webm"],
  ["mp3", "audio/mpeg"],
  ["m4a", "audio/mp4"],
  ["ogg", "audio/ogg"],
  ["pdf", "application/pdf"],
  ["bin", "application/octet-stream"],
]);
const EXTENSION_BY_MIME: ReadonlyMap<string, string> = new Map([
  ...Array.from(CONTENT_TYPES, ([extension, type]): [string, string] => [type, extension ?? ""]),
  ["audio/x-m4a", "m4a"],
  ["audio/ogg; codecs=opus", "ogg"],
]);

type Files = Pick<typeof nodeFiles, "mkdir" | "open" | "opendir" | "rename" | "rm" | "stat">;

export interface DiskMediaOptions {
  /** Made with mode 700 when absent. Several nodes may share it. */
  directory: string;
  /** File system; tests put a failing one here. */
  files?: Files;
  encode?: typeof encodeImage;
}

interface Disk {
  directory: string;
  files: Files;
}

/**
 * Files in one directory: written under a temporary name, flushed, then renamed, so a name that exists is whole.
 * A full disk is `UNAVAILABLE`; other errors of the disk are passed on.
 */
export async function openDiskMedia(options: DiskMediaOptions): Promise<MediaStore> {
  const { directory, files = nodeFiles, encode = encodeImage } = options;
  const disk = { directory, files };
  await files.mkdir(directory, { recursive: true, mode: 0o700 });
  await removeOldTemporaries(disk);
  // libvips would hold files open that are removed already.
  sharp.cache(false);
  const decoding = pLimit(DECODERS);
  return {
    saveImage: (source, limits) =>
      throughTemporary(disk, async (spooled) => {
        await fill(spooled, source, { what: "photo", ...limits });
        // However many come at once, only what is being decoded takes memory.
        return decoding(() => writeImage(disk, spooled.path, encode));
      }),
    saveFile: (source, limits) =>
      throughTemporary(disk, async (file) => {
        const sizeBytes = await fill(file, source, { what: "file", ...limits });
        const found = await fileTypeFromFile(file.path).catch(() => undefined);
        const extension = EXTENSION_BY_MIME.get(found?.mime ?? "") ?? "bin";
        const key = `${newId()}.${extension}`;
        await keepAll(disk, [[key, file]]);
        return { key, contentType: contentTypeOf(key) ?? "", sizeBytes, thumbKey: null, width: null, height: null };
      }),
    open: (key) => openKey(disk, key),
    async remove(key) {
      const match = KEY.exec(key)?.groups;
      if (match === undefined) return;
      const names = match.thumb === undefined ? [key, `${match.id}_thumb.webp`] : [key];
      await Promise.all(names.map((name) => files.rm(join(directory, name), { force: true })));
    },
    async *keys() {
      for await (const { name } of await files.opendir(directory)) if (contentTypeOf(name) !== null) yield name;
    },
    async restore(key, source) {
      if (contentTypeOf(key) === null) throw malformed("Not the name of a stored file");
      await throughTemporary(disk, async (file) => {
        await fill(file, source, { what: "file", maxBytes: Number.POSITIVE_INFINITY });
        await file.keep(key);
        await syncDirectory(disk);
      });
    },
  };
}

const newId = (): string => randomBytes(16).toString("base64url");

/** @returns null for a name that is not one of ours */
const contentTypeOf = (key: string): string | null => CONTENT_TYPES.get(KEY.exec(key)?.groups?.extension) ?? null;

interface Temporary {
  path: string;
  handle: nodeFiles.FileHandle;
  /** Flushes it and gives it its name, over a file of that name. */
  keep(name: string): Promise<void>;
}

/** A file under a temporary name while `use` runs; afterwards it is gone unless it was kept. */
async function throughTemporary<T>({ directory, files }: Disk, use: (file: Temporary) => Promise<T>): Promise<T> {
  const path = join(directory, TEMP_PREFIX + newId());
  const handle = await files.open(path, "wx", 0o600).catch(failWrite);
  try {
    return await use({
      path,
      handle,
      async keep(name) {
        await handle.sync();
        await files.rename(path, join(directory, name));
      },
    });
  } catch (error) {
    failWrite(error);
  } finally {
    await handle.close().catch(() => undefined);
    await files.rm(path, { force: true }).catch(() => undefined);
  }
}

/** Gives files their new names durably, or leaves none of them. */
async function keepAll(disk: Disk, named: readonly [name: string, file: Temporary][]): Promise<void> {
  try {
    for (const [name, file] of named) await file.keep(name);
    await syncDirectory(disk);
  } catch (error) {
    for (const [name] of named) await disk.files.rm(join(disk.directory, name), { force: true }).catch(() => undefined);
    throw error;
  }
}

/** A new name lasts only when its directory was flushed. */
async function syncDirectory({ directory, files }: Disk): Promise<void> {
  const handle = await files.open(directory, "r");
  await handle.sync().finally(() => handle.close());
}

/** @returns how many bytes */
async function fill(
  { handle }: Temporary,
  source: AsyncIterable<Uint8Array>,
  { what, maxBytes }: { what: string; maxBytes: number },
): Promise<number> {
  let size = 0;
  for await (const chunk of source) {
    size += chunk.length;
    if (size > maxBytes) throw mediaError("tooLarge", { what, megabytes: maxBytes / 1024 ** 2 });
    await handle.writeFile(chunk);
  }
  return size;
}

function writeImage(disk: Disk, source: string, encode: typeof encodeImage) {
  return throughTemporary(disk, (image) =>
    throughTemporary(disk, async (thumb) => {
      const { extension, ...rest } = await encode({ source, image: image.path, thumb: thumb.path });
      const id = newId();
      const [key, thumbKey] = [`${id}.${extension}`, `${id}_thumb.webp`];
      const { size: sizeBytes } = await image.handle.stat();
      // The thumbnail first: an image without one is never seen.
      await keepAll(disk, [
        [thumbKey, thumb],
        [key, image],
      ]);
      return { key, thumbKey, sizeBytes, ...rest };
    }),
  );
}

async function openKey({ directory, files }: Disk, key: string): Promise<OpenedFile | null> {
  const contentType = contentTypeOf(key);
  if (contentType === null) return null;
  const path = join(directory, key);
  const found = await files.stat(path).catch((error: unknown) => {
    if (errorCode(error) === "ENOENT") return null;
    throw error;
  });
  if (!found?.isFile()) return null;
  return { contentType, sizeBytes: found.size, read: (range) => readFile(files, path, range) };
}

// The file is opened by the first read: a caller that only wants the size leaves no descriptor behind.
async function* readFile(files: Files, path: string, range?: ByteRange): AsyncGenerator<Uint8Array> {
  const handle = await files.open(path, "r");
  const last = range?.end ?? Number.POSITIVE_INFINITY;
  try {
    for (let at = range?.start ?? 0; at <= last; ) {
      const length = Math.min(CHUNK_BYTES, last - at + 1);
      const { bytesRead, buffer } = await handle.read(Buffer.allocUnsafe(length), 0, length, at);
      if (bytesRead === 0) return;
      yield buffer.subarray(0, bytesRead);
      at += bytesRead;
    }
  } finally {
    await handle.close();
  }
}

// What a killed process left. Young ones may belong to another node that shares the directory.
async function removeOldTemporaries({ directory, files }: Disk): Promise<void> {
  for await (const { name } of await files.opendir(directory)) {
    if (!name.startsWith(TEMP_PREFIX)) continue;
    const path = join(directory, name);
    const found = await files.stat(path).catch(() => null);
    if (found && Date.now() - found.mtimeMs > TEMP_LIFETIME_MS) await files.rm(path, { force: true });
  }
}

function failWrite(error: unknown): never {
  throw isDiskFull(error) ? mediaError("noRoom", {}, { cause: error }) : error;
}

function isDiskFull(error: unknown): boolean {
  return errorCode(error) === "ENOSPC" || errorCode(error) === "EDQUOT";
}

function errorCode(error: unknown): unknown {
  return error instanceof Error && "code" in error ? error.code : undefined;
}
