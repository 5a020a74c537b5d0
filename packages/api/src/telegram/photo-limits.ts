const MAX_SIDES = 10_000;
const MAX_RATIO = 20;

/** Pixels of what Telegram shows as a photo; it refuses others. @see https://core.telegram.org/bots/api#sendphoto */
export const fitsPhoto = (width: number, height: number): boolean =>
  width + height <= MAX_SIDES && Math.max(width, height) <= Math.min(width, height) * MAX_RATIO;
