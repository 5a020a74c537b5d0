/** Longest text that Telegram takes as one message, in UTF-16 units. */
export const MAX_BROADCAST_LENGTH = 4_096;
export const MAX_TOPICS = 100;

/** The last line of every message to customers. */
export const stopLine = (languageCode: string | null): string =>
  languageCode === "ru" ? "\n\n/stop — отписаться от рассылки" : "\n\n/stop to unsubscribe";

/** The longest text to customers with this language; null for any. */
export const maxTextLength = (languageCode: string | null): number => {
  const lines = languageCode === null ? [stopLine("ru"), stopLine("en")] : [stopLine(languageCode)];
  return MAX_BROADCAST_LENGTH - Math.max(...lines.map(({ length }) => length));
};

/** Telegram's price of a message beyond its free limit: 0.1 Star. @see https://core.telegram.org/bots/api#sendmessage */
const MESSAGES_PER_STAR = 10;
/** What a bot must hold before Telegram takes paid broadcasts. */
export const MIN_STARS_BALANCE = 10_000;
/** At most, in whole Stars: Telegram charges only what goes beyond its free limit. */
export const starsFor = (messages: number): number => Math.ceil(messages / MESSAGES_PER_STAR);
