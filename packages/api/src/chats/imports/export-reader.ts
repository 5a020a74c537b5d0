import JSONParser from "@streamparser/json/jsonparser.js";

/** A chat as an export of Telegram Desktop names it. */
export interface ExportChat {
  /** Its place in the file: the same at every reading. */
  key: string;
  name: string | null;
  type: string;
  id: number | null;
}

export type ExportItem =
  /** Whose export it is; only in an export of everything. */
  { type: "self"; id: number; name: string } | { type: "message"; chat: ExportChat; message: unknown };

/** The file is no JSON, or ends in the middle. */
export class BrokenExportError extends Error {
  constructor(cause: unknown) {
    super("The file is no whole export", { cause });
    this.name = "BrokenExportError";
  }
}

const OF_CHAT = ["name", "type", "id"];
const CHATS = ["$", "$.chats.list.*", "$.left_chats.list.*"];
const PATHS = [
  "$.personal_information",
  ...CHATS.flatMap((chat) => [`${chat}.messages.*`, ...OF_CHAT.map((name) => `${chat}.${name}`)]),
];

/**
 * Reads a `result.json` of Telegram Desktop, of one chat or of all, without ever holding it whole.
 * @throws BrokenExportError
 * @see https://github.com/telegramdesktop/tdesktop/blob/dev/Telegram/SourceFiles/export/output/export_output_json.cpp
 */
export async function* readExport(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<ExportItem> {
  const parser = new JSONParser({ paths: PATHS, keepStack: false });
  const found: ExportItem[] = [];
  let chat: ExportChat = { key: "", name: null, type: "", id: null };
  parser.onValue = ({ value, key, stack }) => {
    const path = [...stack.slice(1).map((one) => one.key), key];
    if (path[0] === "personal_information") return void found.push(...selfOf(value));
    const isMessage = path.at(-2) === "messages";
    const place = path.slice(0, isMessage ? -2 : -1).join("/");
    // What a chat is called stands above its messages.
    if (place !== chat.key) chat = { key: place, name: null, type: "", id: null };
    if (isMessage) found.push({ type: "message", chat, message: value });
    else chat = { ...chat, [String(key)]: value ?? null };
  };
  let failure: unknown = null;
  parser.onError = (error) => {
    failure = error;
  };
  const legal = new LegalEscapes();
  const decoder = new TextDecoder();
  for await (const chunk of chunks) {
    write(legal.pass(decoder.decode(chunk, { stream: true })));
    yield* found.splice(0);
  }
  write(legal.rest() + decoder.decode());
  yield* found.splice(0);
  if (!parser.isEnded) throw new BrokenExportError("It ends in the middle");

  function write(text: string): void {
    if (text !== "" && !parser.isEnded) parser.write(text);
    if (failure !== null) throw new BrokenExportError(failure);
  }
}

function selfOf(value: unknown): ExportItem[] {
  const { user_id: id, first_name: first, last_name: last } = (value ?? {}) as Record<string, unknown>;
  if (typeof id !== "number") return [];
  return [{ type: "self", id, name: [first, last].filter(Boolean).join(" ") }];
}

/** Telegram Desktop writes control characters as `\\x0B`, which JSON does not know. */
class LegalEscapes {
  #rest = "";

  pass(text: string): string {
    const all = this.#rest + text;
    // An escape that may go on in the next chunk waits for it.
    const last = all.lastIndexOf("\\");
    const isOpen = last >= 0 && all.length - last < 4;
    let cut = isOpen ? last : all.length;
    while (isOpen && all[cut - 1] === "\\") cut -= 1;
    this.#rest = all.slice(cut);
    return mend(all.slice(0, cut));
  }

  rest(): string {
    const rest = mend(this.#rest);
    this.#rest = "";
    return rest;
  }
}

const mend = (text: string): string =>
  text.replace(/\\(?:x([0-9A-Fa-f]{2})|[\s\S])/g, (whole, hex?: string) => (hex ? `\\u00${hex}` : whole));
