// As the server's own limits in the API's schemas, which would bring Zod into the page.
export const MAX_PHOTOS = 10;
export const MAX_PHOTO_BYTES = 10 * 1024 * 1024;
export const MAX_TEXT_LENGTH = 32_768;

export type PhotoRefusal = { reason: "type" | "tooLarge" | "tooMany"; name: string };

type PhotoFile = Pick<File, "name" | "type" | "size">;

/** Systems name HEIC differently or not at all; the server looks into the file. */
const isPhoto = ({ type, name }: PhotoFile) =>
  /^image\/(jpeg|png|webp|gif|heic|heif)$/.test(type) || /\.(heic|heif)$/i.test(name);

/** Splits chosen files into what can be sent beside `alreadyChosen` others and what cannot, with the reason. */
export function choosePhotos<T extends PhotoFile>(files: readonly T[], alreadyChosen: number) {
  const accepted: T[] = [];
  const refused: PhotoRefusal[] = [];
  for (const file of files) {
    const refuse = (reason: PhotoRefusal["reason"]) => refused.push({ reason, name: file.name });
    if (!isPhoto(file)) refuse("type");
    else if (file.size > MAX_PHOTO_BYTES) refuse("tooLarge");
    else if (alreadyChosen + accepted.length >= MAX_PHOTOS) refuse("tooMany");
    else accepted.push(file);
  }
  return { accepted, refused };
}
