type Json = Record<string, unknown>;

/** As what a file is sent. */
export const FILE_KINDS = [
  "photo",
  "video",
  "videoNote",
  "voice",
  "audio",
  "animation",
  "sticker",
  "document",
] as const;

/** A file on Telegram's side. */
export interface TelegramFile {
  kind: (typeof FILE_KINDS)[number];
  /** For this bot alone. */
  fileId: string;
  /** The same wherever the file is met. */
  uniqueId: string;
  name: string | null;
  mimeType: string | null;
  sizeBytes: number | null;
  width: number | null;
  height: number | null;
  durationSeconds: number | null;
  /** Of a sticker. */
  emoji: string | null;
}

/** What a message shows beside its text. */
export type TelegramAttachment =
  | TelegramFile
  | {
      kind: "location";
      latitude: number;
      longitude: number;
      /** Seconds; null for a place that does not move. */
      livePeriod: number | null;
      title: string | null;
      address: string | null;
    }
  | { kind: "contact"; name: string; phone: string }
  | { kind: "dice"; emoji: string; value: number }
  | { kind: "poll"; title: string; options: string[] }
  /** Anything else, by the name that the Bot API gives it, with what it says of itself. */
  | { kind: "other"; type: string; title: string; isService: boolean; raw: unknown };

export const isTelegramFile = (attachment: TelegramAttachment): attachment is TelegramFile => "fileId" in attachment;

const asObject = (value: unknown): Json | null =>
  typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Json) : null;
const asText = (value: unknown): string | null => (typeof value === "string" && value !== "" ? value : null);
const asNumber = (value: unknown): number | null =>
  typeof value === "number" && Number.isFinite(value) && value >= 0 ? Math.round(value) : null;

/** An animation is named as a document too, and a venue as a location: the first that is there says what it is. */
const FILES: readonly [field: string, kind: TelegramFile["kind"]][] = [
  ["animation", "animation"],
  ["video", "video"],
  ["video_note", "videoNote"],
  ["voice", "voice"],
  ["audio", "audio"],
  ["sticker", "sticker"],
  ["document", "document"],
];

const MAX_LINE = 256;
const MAX_RAW = 16_384;

/** What a Bot API message shows beside its text; null for text alone. @see https://core.telegram.org/bots/api#message */
export function readAttachment(message: Json): TelegramAttachment | null {
  return readPhoto(message) ?? readFile(message) ?? readCard(message) ?? readOther(message);
}

/** The largest size of a photo, or an image that was sent as a file. */
function readPhoto(message: Json): TelegramFile | null {
  if (Array.isArray(message.photo)) return fileOf("photo", asObject(message.photo.at(-1)));
  const document = message.animation === undefined ? asObject(message.document) : null;
  return asText(document?.mime_type)?.startsWith("image/") ? fileOf("photo", document) : null;
}

function readFile(message: Json): TelegramFile | null {
  for (const [field, kind] of FILES) {
    const file = fileOf(kind, asObject(message[field]));
    if (file) return file;
  }
  return null;
}

function fileOf(kind: TelegramFile["kind"], json: Json | null): TelegramFile | null {
  const fileId = asText(json?.file_id);
  if (!json || fileId === null) return null;
  const side = asNumber(json.length);
  const titled = [asText(json.performer), asText(json.title)].filter(Boolean).join(" – ");
  return {
    kind,
    fileId,
    uniqueId: asText(json.file_unique_id) ?? fileId,
    name: asText(json.file_name) ?? (titled || null),
    mimeType: asText(json.mime_type),
    sizeBytes: asNumber(json.file_size),
    width: asNumber(json.width) ?? side,
    height: asNumber(json.height) ?? side,
    durationSeconds: asNumber(json.duration),
    emoji: asText(json.emoji),
  };
}

function readCard(message: Json): TelegramAttachment | null {
  const venue = asObject(message.venue);
  const place = readPlace(asObject(venue?.location) ?? asObject(message.location));
  if (place) return { ...place, title: asText(venue?.title), address: asText(venue?.address) };
  const contact = asObject(message.contact);
  if (contact) {
    const name = [asText(contact.first_name), asText(contact.last_name)].filter(Boolean).join(" ");
    return { kind: "contact", name: name.slice(0, MAX_LINE), phone: (asText(contact.phone_number) ?? "").slice(0, 64) };
  }
  const dice = asObject(message.dice);
  if (dice) return { kind: "dice", emoji: (asText(dice.emoji) ?? "🎲").slice(0, 16), value: asNumber(dice.value) ?? 0 };
  const poll = asObject(message.poll);
  if (!poll) return null;
  const options = (Array.isArray(poll.options) ? poll.options : []).flatMap((one) => asText(asObject(one)?.text) ?? []);
  const short = options.slice(0, 20).map((text) => text.slice(0, MAX_LINE));
  return { kind: "poll", title: (asText(poll.question) ?? "").slice(0, 512), options: short };
}

function readPlace(json: Json | null) {
  const { latitude, longitude } = json ?? {};
  if (typeof latitude !== "number" || typeof longitude !== "number") return null;
  return { kind: "location" as const, latitude, longitude, livePeriod: asNumber(json?.live_period) };
}

/** Fields of a message that say something about it; every other one is what it is. */
const ABOUT = new Set(
  `message_id message_thread_id direct_messages_topic from sender_chat sender_boost_count sender_business_bot sender_tag date
  business_connection_id chat forward_origin forward_from forward_from_chat forward_from_message_id forward_signature
  forward_sender_name forward_date is_topic_message is_automatic_forward reply_to_message external_reply quote reply_to_story
  reply_to_checklist_task_id via_bot edit_date has_protected_content is_from_offline is_paid_post media_group_id author_signature
  paid_star_count text entities link_preview_options suggested_post_info effect_id caption caption_entities
  show_caption_above_media has_media_spoiler reply_markup guest_query_id guest_bot_caller_user guest_bot_caller_chat`.split(
    /\s+/,
  ),
);

/** What people sent; every other kind Telegram wrote about something that happened. */
const SENT = ["game", "invoice", "story", "paid_media", "checklist", "giveaway", "giveaway_winners"];

/** Kinds that this version does not know are named too, so that no message disappears. */
function readOther(message: Json): TelegramAttachment | null {
  const type = Object.keys(message).find((key) => !ABOUT.has(key));
  if (type === undefined) return null;
  const value = message[type];
  const raw = JSON.stringify(value)?.length > MAX_RAW ? null : (value ?? null);
  return { kind: "other", type: type.slice(0, 64), title: titleOf(value), isService: !SENT.includes(type), raw };
}

/** Where a kind says what it is about. */
const TITLES = ["title", "question", "text", "name", "button_text", "data", "description", "description_text"];

function titleOf(value: unknown): string {
  const json = asObject(value);
  if (!json) return typeof value === "string" ? value.slice(0, MAX_LINE) : "";
  const words = TITLES.flatMap((key) => asText(json[key]) ?? []).slice(0, 2);
  const tasks = (Array.isArray(json.tasks) ? json.tasks : []).flatMap((task) => asText(asObject(task)?.text) ?? []);
  return [...words, ...tasks].join(" · ").slice(0, MAX_LINE);
}
