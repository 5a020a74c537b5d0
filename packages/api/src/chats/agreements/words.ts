/** Longest message that can be a word by which people agree. */
export const MAX_WORD = 60;

const STOP = /^\/?(?:stop|стоп)(?:@\w+)?[\s.!]*$/iu;

/** Whether a message asks to be sent no more of what was not asked for: `/stop`, `stop` or `стоп`, alone. */
export const isStop = (text: string): boolean => STOP.test(text.trim());

/** As words are compared: lower case, without white space around and the dots and marks behind. */
export const normalizeWord = (text: string): string =>
  text
    .trim()
    .replace(/[\s.!]+$/u, "")
    .replace(/\s+/gu, " ")
    .toLowerCase();

/** The agreed word that a whole message is; null when it is none. */
export const wordOf = (text: string, words: readonly string[]): string | null =>
  text.length > MAX_WORD * 2 ? null : (words.find((word) => word === normalizeWord(text)) ?? null);

/** Whether Russian is the language to write in to one who wrote, or is written to, like this. */
export const isRussian = (text: string): boolean => /[а-яё]/iu.test(text);
