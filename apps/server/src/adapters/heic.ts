import { extname } from "node:path";
import { Worker } from "node:worker_threads";
import type { HeicAnswer, HeicJob } from "./heic-worker.ts";

const TIMEOUT_MS = 30_000;
// Beside this module under the same ending, so that it is found as TypeScript in the tree and as JavaScript in a bundle.
const WORKER = new URL(`./heic-worker${extname(import.meta.url)}`, import.meta.url);

/**
 * Decodes a HEIC photo on a thread of its own: libheif in WebAssembly takes a second or two for a phone's photo, too long for the
 * loop that serves everybody, and a thread can be ended when a hostile file takes for ever.
 */
export function decodeHeic(bytes: Uint8Array, maxPixels: number): Promise<HeicAnswer> {
  const job: HeicJob = { bytes, maxPixels };
  // libheif prints what it dislikes; nobody reads these two streams.
  const worker = new Worker(WORKER, { workerData: job, stdout: true, stderr: true });
  const answered = new Promise<HeicAnswer>((resolve, reject) => {
    const late = setTimeout(() => resolve({ state: "damaged" }), TIMEOUT_MS);
    worker.once("message", resolve);
    worker.once("error", reject);
    worker.once("exit", () => {
      clearTimeout(late);
      resolve({ state: "damaged" });
    });
  });
  return answered.finally(() => worker.terminate());
}
