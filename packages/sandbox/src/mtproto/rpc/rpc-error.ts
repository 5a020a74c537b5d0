/** A refusal in Telegram's words, such as 400 `PEER_ID_INVALID`. */
export class RpcError extends Error {
  override readonly name = "RpcError";
  readonly code: number;

  constructor(message: string, code = codeOf(message)) {
    super(message);
    this.code = code;
  }
}

const CODES: readonly [RegExp, number][] = [
  [/^(FLOOD_|SLOWMODE_|FROZEN_|TAKEOUT_INIT_DELAY)/, 420],
  [/_MIGRATE_\d+$/, 303],
  [/^(AUTH_KEY_|SESSION_|USER_DEACTIVATED)/, 401],
  [
    /^(CHAT_WRITE_FORBIDDEN|CHAT_SEND_|USER_PRIVACY_|USER_IS_BLOCKED|CHAT_ADMIN_REQUIRED|MESSAGE_AUTHOR_REQUIRED|ALLOW_PAYMENT_REQUIRED)/,
    403,
  ],
  [/^(INTERNAL|RANDOM_ID_DUPLICATE|RPC_CALL_FAIL|HISTORY_GET_FAILED)/, 500],
  [/^TIMEOUT$/, -503],
];

/** The code that Telegram answers this error with. */
function codeOf(message: string): number {
  if (message === "AUTH_KEY_DUPLICATED") return 406;
  return CODES.find(([pattern]) => pattern.test(message))?.[1] ?? 400;
}
