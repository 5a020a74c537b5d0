import { declareErrors } from "../errors.ts";

export const mediaError = declareErrors("media", {
  tooLarge: ["PAYLOAD_TOO_LARGE", "The {what} is larger than {megabytes} MB"],
  tooManyPixels: ["PAYLOAD_TOO_LARGE", "The photo has more than {megapixels} megapixels"],
  tooMany: ["VALIDATION", "At most {limit} photos"],
  unsupported: ["UNSUPPORTED_MEDIA", "Photos are JPEG, PNG, WebP, GIF or HEIC"],
  damaged: ["UNSUPPORTED_MEDIA", "The photo is damaged or cannot be read"],
  noRoom: ["UNAVAILABLE", "There is no room left for files"],
});
