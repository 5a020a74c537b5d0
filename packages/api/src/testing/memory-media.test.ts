import { describeMediaStore } from "./contracts/media-store.ts";
import { MemoryMedia } from "./memory-media.ts";

describeMediaStore("MemoryMedia", async () => {
  const media = new MemoryMedia();
  return { media, countFiles: async () => media.files.size, [Symbol.asyncDispose]: async () => {} };
});
