// As the server's own limits in the API's schemas, which would bring Zod into the page.
export const MAX_PHOTOS = 10;
export const MAX_PHOTO_BYTES = 10 * 1024 * 1024;
export const MAX_TEXT_LENGTH = 32_768;

/** Telegram's own: 4,000 parts of 512 KiB. */
export const MAX_FILE_BYTES = 2_097_152_000;

export type PhotoRefusal = { reason: "type" | "empty" | "tooLarge" | "tooMany"; name: string };

type PhotoFile = Pick<File, "name" | "type" | "size">;

/** Systems name HEIC differently or not at all; the server looks into the file. */
export const isPhoto = ({ type, name }: PhotoFile) =>
  /^image\/(jpeg|png|webp|gif|heic|heif)$/.test(type) || /\.(heic|heif)$/i.test(name);

/** Which files a message takes. */
export type Rule = { accepts(file: PhotoFile): boolean; maxBytes: number };
export const PHOTOS: Rule = { accepts: isPhoto, maxBytes: MAX_PHOTO_BYTES };
export const ANY_FILES: Rule = { accepts: () => true, maxBytes: MAX_FILE_BYTES };

/** Splits chosen files into what can be sent beside `alreadyChosen` others and what cannot, with the reason. */
export function chooseFiles<T extends PhotoFile>(files: readonly T[], alreadyChosen: number, rule: Rule = PHOTOS) {
  const accepted: T[] = [];
  const refused: PhotoRefusal[] = [];
  for (const file of files) {
    const refuse = (reason: PhotoRefusal["reason"]) => refused.push({ reason, name: file.name });
    if (!rule.accepts(file)) refuse("type");
    else if (file.size === 0) refuse("empty");
    else if (file.size > rule.maxBytes) refuse("tooLarge");
    else if (alreadyChosen + accepted.length >= MAX_PHOTOS) refuse("tooMany");
    else accepted.push(file);
  }
  return { accepted, refused };
}
