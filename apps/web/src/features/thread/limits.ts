// As the server's own limits in the API's schemas, which would bring Zod into the page.
export const MAX_PHOTOS = 10;
export const MAX_PHOTO_BYTES = 10 * 1024 * 1024;
export const MAX_TEXT_LENGTH = 32_768;
