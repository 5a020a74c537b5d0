import { z } from "zod";

/** A stored photo, as its readers see it. */
export const photo = z.object({
  id: z.string(),
  /** Same-origin path, signed when the installation requires it. */
  url: z.string(),
  thumbUrl: z.string(),
  /** Pixels. */
  width: z.number().int(),
  height: z.number().int(),
  /** `image/jpeg`, `image/png`, `image/webp` or `image/gif`. */
  contentType: z.string(),
  sizeBytes: z.number().int(),
});
export type Photo = z.infer<typeof photo>;
