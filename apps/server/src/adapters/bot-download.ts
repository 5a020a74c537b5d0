import { BotError } from "@pult/api/telegram/bot.ts";
import { toBotError } from "./bot-errors.ts";

/** The Bot API's own limit. */
const MAX_BYTES = 20 * 1024 * 1024;

export interface BotFile {
  apiRoot: string;
  token: string;
  /** As `getFile` answers it, relative to the bot's folder. */
  path: string;
  /** For the whole file. */
  timeoutMs: number;
}

/**
 * The bytes of a file on Telegram's side, at most 20 MB.
 * @throws BotError, also while reading
 */
export async function downloadBotFile(file: BotFile): Promise<AsyncIterable<Uint8Array>> {
  const response = await fetch(fileUrl(file), {
    redirect: "error",
    signal: AbortSignal.timeout(file.timeoutMs),
  }).catch((error: unknown) => {
    throw toBotError(error, "download");
  });
  if (!response.ok || response.body === null) {
    await response.body?.cancel();
    throw new BotError(response.status >= 500 ? "down" : "rejected", `download: Telegram answered ${response.status}`);
  }
  if (Number(response.headers.get("content-length") ?? 0) > MAX_BYTES) {
    await response.body.cancel();
    throw tooLarge();
  }
  return readBounded(response.body);
}

async function* readBounded(body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let size = 0;
  try {
    for await (const chunk of body) {
      size += chunk.length;
      if (size > MAX_BYTES) throw tooLarge();
      yield chunk;
    }
  } catch (error) {
    throw toBotError(error, "download");
  }
}

function fileUrl({ apiRoot, token, path }: BotFile): string {
  const segments = path.split("/");
  if (segments.some((segment) => segment === "" || segment === "." || segment === "..")) {
    throw new BotError("rejected", "download: Telegram named a file outside the bot's folder");
  }
  return `${apiRoot}/file/bot${token}/${segments.map(encodeURIComponent).join("/")}`;
}

function tooLarge(): BotError {
  return new BotError("rejected", "download: the file is larger than 20 MB");
}
