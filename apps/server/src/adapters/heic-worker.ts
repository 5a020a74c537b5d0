import { readFile } from "node:fs/promises";
import { parentPort, workerData } from "node:worker_threads";
import heic from "heic-decode";

/** What the worker is given. */
export interface HeicJob {
  /** Of the HEIC file. */
  path: string;
  maxPixels: number;
}

/** What it answers, once. Pixels are RGBA, row by row, upright. */
export type HeicAnswer =
  | { state: "decoded"; width: number; height: number; pixels: Uint8Array<ArrayBuffer> }
  | { state: "tooLarge" }
  | { state: "damaged" };

async function decode({ path, maxPixels }: HeicJob): Promise<HeicAnswer> {
  const images = await heic.all({ buffer: await readFile(path) });
  try {
    const first = images[0];
    if (first === undefined || first.width < 1 || first.height < 1) return { state: "damaged" };
    if (first.width * first.height > maxPixels) return { state: "tooLarge" };
    const { data } = await first.decode();
    return { state: "decoded", width: first.width, height: first.height, pixels: new Uint8Array(data.buffer) };
  } finally {
    images.dispose();
  }
}

const answer = await decode(workerData as HeicJob).catch((): HeicAnswer => ({ state: "damaged" }));
parentPort?.postMessage(answer, answer.state === "decoded" ? [answer.pixels.buffer] : []);
