import * as nodeFiles from "node:fs/promises";
import { mkdtemp, open, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import type { MediaStore } from "@pult/api/media/store.ts";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openDiskMedia } from "./disk-media.ts";

const MB = 1024 * 1024;
let directory: string;
let media: MediaStore;

beforeEach(async () => {
  directory = join(await mkdtemp(join(tmpdir(), "pult-media-")), "uploads");
  media = await openDiskMedia({ directory });
});
afterEach(() => rm(join(directory, ".."), { recursive: true }));

describe("saveFile", () => {
  it.each([
    ["audio/ogg", "ogg", "OggS\0\x02\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x01\x13OpusHead\x01\x01\0\0"],
    ["video/mp4", "mp4", "\0\0\0\x18ftypmp42\0\0\0\0mp42isom"],
    ["audio/mp4", "m4a", "\0\0\0\x18ftypM4A \0\0\0\0M4A isom"],
  ])("stores %s as .%s", async (contentType, extension, head) => {
    const file = await media.saveFile(Readable.from([Buffer.from(head, "latin1")]), { maxBytes: 10 * MB });
    expect(file).toMatchObject({ contentType, key: expect.stringMatching(new RegExp(`\\.${extension}$`)) });
  });

  it("has no more than a chunk of a file in memory, on its way in and out", async () => {
    const [chunks, chunkBytes] = [200, MB];
    let [given, written, read, taken, most] = [0, 0, 0, 0, 0];
    const files = {
      ...nodeFiles,
      async open(...args: Parameters<typeof open>) {
        const handle = await open(...args);
        const [writeFile, readInto] = [handle.writeFile.bind(handle), handle.read.bind(handle)];
        handle.writeFile = async (chunk: unknown) => {
          await writeFile(chunk as Uint8Array);
          written += (chunk as Uint8Array).length;
        };
        handle.read = (async (...given: Parameters<typeof readInto>) => {
          const result = await readInto(...given);
          read += result.bytesRead;
          return result;
        }) as typeof handle.read;
        return handle;
      },
    };
    media = await openDiskMedia({ directory, files });
    const chunk = Buffer.alloc(chunkBytes, "x");
    const { key, sizeBytes } = await media.saveFile(
      (async function* () {
        for (let at = 0; at < chunks; at++) {
          given += chunkBytes;
          most = Math.max(most, given - written);
          yield chunk;
        }
      })(),
      { maxBytes: chunks * chunkBytes },
    );
    expect([sizeBytes, written]).toEqual([chunks * chunkBytes, chunks * chunkBytes]);
    const opened = await media.open(key);
    for await (const piece of opened?.read() ?? []) {
      taken += piece.length;
      most = Math.max(most, read - taken + piece.length);
    }
    expect(taken).toBe(sizeBytes);
    expect(most).toBeLessThanOrEqual(chunkBytes);
  });
});

describe("open and remove", () => {
  it.each([
    "../secret.jpg",
    "..",
    ".",
    "",
    "/etc/passwd",
    "a/b.jpg",
    "..\\secret.jpg",
    "%2e%2e%2fsecret.jpg",
    "aaaaaaaaaaaaaaaaaaaaaa.jpg\0.png",
    "aaaaaaaaaaaaaaaaaaaaaa.jpg\n",
    "aaaaaaaaaaaaaaaaaaaaaa.svg",
    "AAAA.jpg",
    ".incoming-x",
    "aaaaaaaaaaaaaaaaaaaaaa.jpg/..",
    "C:aaaaaaaaaaaaaaaaaaaa.jpg",
  ])("answers null to %j and removes nothing", async (key) => {
    await writeFile(join(directory, "..", "secret.jpg"), "secret");
    await writeFile(join(directory, ".incoming-x"), "x");
    expect(await media.open(key)).toBeNull();
    await media.remove(key);
    expect(await readdir(join(directory, ".."))).toEqual(["secret.jpg", "uploads"]);
    expect(await readdir(directory)).toEqual([".incoming-x"]);
  });

  it("does not open a directory that is named like a photo", async () => {
    await nodeFiles.mkdir(join(directory, "aaaaaaaaaaaaaaaaaaaaaa.jpg"));
    expect(await media.open("aaaaaaaaaaaaaaaaaaaaaa.jpg")).toBeNull();
  });
});
