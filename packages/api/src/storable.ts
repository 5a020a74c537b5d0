/** Whether PostgreSQL can keep it as it is: text without NUL and without half a surrogate pair. */
export const isStorable = (text: string): boolean => !text.includes("\u0000") && text.isWellFormed();

/** Text as PostgreSQL can keep it, otherwise as written. */
export const storableText = (text: string): string => text.replaceAll("\u0000", "").toWellFormed();
