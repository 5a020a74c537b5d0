import { z } from "zod";
import { isStorableInstant } from "./storable.ts";

/** A moment that a caller names, in ISO 8601 with `Z` or an offset. */
export const instant = z.iso
  .datetime({ offset: true })
  .refine((text) => isStorableInstant(text), "must be of the years 1 to 9999");
