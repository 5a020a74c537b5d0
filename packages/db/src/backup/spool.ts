import { randomBytes } from "node:crypto";
import { open, rm } from "node:fs/promises";
import { join } from "node:path";

/** A file without a name, invisible to other processes, and gone with the process or at `close`. */
export interface Spool {
  write(chunk: Uint8Array): Promise<void>;
  /** From its beginning, as often as wanted. */
  read(): AsyncGenerator<Uint8Array>;
  close(): Promise<void>;
}

const CHUNK_BYTES = 256 * 1024;

export async function openSpool(directory: string): Promise<Spool> {
  const path = join(directory, `.spool-${randomBytes(12).toString("base64url")}`);
  const handle = await open(path, "wx+", 0o600);
  await rm(path);
  let size = 0;
  return {
    async write(chunk) {
      for (let from = 0; from < chunk.length; ) {
        const { bytesWritten } = await handle.write(chunk, from, chunk.length - from, size);
        from += bytesWritten;
        size += bytesWritten;
      }
    },
    async *read() {
      for (let at = 0; at < size; ) {
        const { bytesRead, buffer } = await handle.read(Buffer.allocUnsafe(CHUNK_BYTES), 0, CHUNK_BYTES, at);
        if (bytesRead === 0) throw new Error("The spool ends early");
        at += bytesRead;
        yield buffer.subarray(0, bytesRead);
      }
    },
    close: () => handle.close(),
  };
}
