/** An answer `{ ok: false }` of the Bot API. `description` carries Telegram's prefix ("Bad Request: …"). */
export class BotApiError extends Error {
  override readonly name = "BotApiError";
  readonly status: number;
  readonly parameters: { retry_after?: number; migrate_to_chat_id?: number } | undefined;

  constructor(status: number, description: string, parameters?: BotApiError["parameters"]) {
    super(description);
    this.status = status;
    this.parameters = parameters;
  }
}

export function badRequest(reason: string): BotApiError {
  return new BotApiError(400, `Bad Request: ${reason}`);
}
