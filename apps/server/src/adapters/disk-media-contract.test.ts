import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describeMediaStore } from "@pult/api/testing/contracts/media-store.ts";
import { openDiskMedia } from "./disk-media.ts";

describeMediaStore("openDiskMedia", async () => {
  const directory = await mkdtemp(join(tmpdir(), "pult-media-"));
  return {
    media: await openDiskMedia({ directory }),
    countFiles: async () => (await readdir(directory)).length,
    [Symbol.asyncDispose]: () => rm(directory, { recursive: true }),
  };
});
