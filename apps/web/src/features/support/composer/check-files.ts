/** As the server limits them: `MAX_PHOTOS` and `MAX_PHOTO_BYTES` of the API. */
export const MAX_PHOTOS = 10;
export const MAX_PHOTO_MEGABYTES = 10;

export type FileRefusal = { reason: "tooMany" | "type" | "tooLarge"; name: string };
type FileLike = Pick<File, "name" | "type" | "size">;

/** Systems name HEIC differently or not at all; what is in the file the server finds out. */
const isPhoto = ({ type, name }: FileLike) =>
  /^image\/(jpeg|png|webp|gif|heic|heif)$/.test(type) || /\.(heic|heif)$/i.test(name);

/** Which of the chosen files can be sent beside those already there, and why the others cannot. */
export function checkFiles<F extends FileLike>(files: readonly F[], already: number) {
  const accepted: F[] = [];
  const refused: FileRefusal[] = [];
  for (const file of files) {
    if (!isPhoto(file)) refused.push({ reason: "type", name: file.name });
    else if (file.size > MAX_PHOTO_MEGABYTES * 1024 * 1024) refused.push({ reason: "tooLarge", name: file.name });
    else if (already + accepted.length >= MAX_PHOTOS) refused.push({ reason: "tooMany", name: file.name });
    else accepted.push(file);
  }
  return { accepted, refused };
}
