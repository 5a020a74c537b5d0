/** What every client finds in a text by itself. */
const FOUND_IN_TEXT = ["mention", "hashtag", "cashtag", "bot_command", "url", "email", "phone_number"] as const;
/** What the text alone does not show. */
const FORMATTING = [
  "bold",
  "italic",
  "underline",
  "strikethrough",
  "spoiler",
  "blockquote",
  "expandable_blockquote",
  "code",
  "pre",
  "text_link",
  "text_mention",
  "custom_emoji",
] as const;
/** Kinds of entities, by the names of the Bot API. @see https://core.telegram.org/bots/api#messageentity */
export const ENTITY_TYPES = [...FOUND_IN_TEXT, ...FORMATTING] as const;

/** Offsets and lengths are UTF-16 code units. */
export interface TextEntity {
  type: (typeof ENTITY_TYPES)[number];
  offset: number;
  length: number;
  /** Of `text_link`. */
  url?: string;
  /** Of `text_mention`: decimal. */
  userId?: string;
  /** Of `pre`. */
  language?: string;
  /** Of `custom_emoji`: decimal. */
  customEmojiId?: string;
}

type Json = Record<string, unknown>;

const MAX_ENTITIES = 200;

/** The formatting of an update's text that the text alone does not show; anything malformed is left out. */
export function readEntities(list: unknown, text: string): TextEntity[] {
  if (!Array.isArray(list)) return [];
  return list.slice(0, MAX_ENTITIES).flatMap((one) => readEntity(one as Json | null, text) ?? []);
}

function readEntity(json: Json | null, text: string): TextEntity | null {
  if (typeof json !== "object" || json === null) return null;
  const { offset, length } = json;
  const type = FORMATTING.find((known) => known === json.type);
  if (!type || !Number.isInteger(offset) || !Number.isInteger(length)) return null;
  const place = { type, offset: Number(offset), length: Number(length) };
  if (place.offset < 0 || place.length < 1 || place.offset + place.length > text.length) return null;
  if (type === "text_link") {
    const url = typeof json.url === "string" ? json.url : "";
    return /^(https?|tg|mailto|tel):/i.test(url) && url.length <= 2_048 ? { ...place, url } : null;
  }
  if (type === "text_mention") {
    const { id } = (json.user ?? {}) as Json;
    return Number.isSafeInteger(id) ? { ...place, userId: String(id) } : null;
  }
  if (type === "custom_emoji")
    return typeof json.custom_emoji_id === "string" ? { ...place, customEmojiId: json.custom_emoji_id } : null;
  return typeof json.language === "string" ? { ...place, language: json.language.slice(0, 64) } : place;
}

/** The same as the Bot API takes them. */
export const toBotEntities = (entities: readonly TextEntity[]): Json[] =>
  entities.map(({ type, offset, length, url, userId, language, customEmojiId }) => ({
    type,
    offset,
    length,
    ...(url !== undefined && { url }),
    ...(language !== undefined && { language }),
    ...(userId !== undefined && { user: { id: Number(userId), is_bot: false, first_name: "" } }),
    ...(customEmojiId !== undefined && { custom_emoji_id: customEmojiId }),
  }));

/** The part of entities that lies within a stretch of the text, by its own offsets. */
export const entitiesWithin = <Entity extends Pick<TextEntity, "offset" | "length">>(
  entities: readonly Entity[],
  { from, to }: { from: number; to: number },
): Entity[] =>
  entities.flatMap((entity) => {
    const start = Math.max(entity.offset, from);
    const end = Math.min(entity.offset + entity.length, to);
    return end > start ? [{ ...entity, offset: start - from, length: end - start }] : [];
  });

/** For a text that others stand before. */
export const shiftEntities = (entities: readonly TextEntity[], by: number): TextEntity[] =>
  entities.map((entity) => ({ ...entity, offset: entity.offset + by }));
