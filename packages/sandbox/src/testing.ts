import type { Upload } from "./http.ts";
import { encodePng } from "./pictures.ts";
import type { Sandbox } from "./sandbox.ts";

/** A real black PNG of that size. */
export function makePng(width: number, height: number): Buffer {
  return encodePng(width, height, new Uint8Array((width * 3 + 1) * height));
}

export function makePhoto(width = 400, height = 300): Upload {
  return { field: "photo", name: "photo.png", mime: "image/png", bytes: makePng(width, height) };
}

export interface RawAnswer<Result> {
  status: number;
  body: {
    ok: boolean;
    description?: string;
    error_code?: number;
    parameters?: Record<string, number>;
    result: Result;
  };
}

/** One Bot API call by plain fetch, without a client's own checks. `result` is there only when `ok`. */
export async function callRaw<Result = unknown>(
  sandbox: Sandbox,
  method: string,
  params: Record<string, unknown> = {},
): Promise<RawAnswer<Result>> {
  const response = await fetch(`${sandbox.origin}/bot${sandbox.env.TELEGRAM_BOT_TOKEN}/${method}`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(params),
  });
  return { status: response.status, body: JSON.parse(await response.text()) };
}

/** Demo customer `n` (from 1), or the `n`th of the staff. */
export function findUser(sandbox: Sandbox, kind: "customer" | "staff", n = 1) {
  const user = sandbox.world().users.filter(({ staff }) => staff === (kind === "staff"))[n - 1];
  if (user === undefined) throw new Error(`There is no ${kind} ${n}`);
  return user;
}

/** A customer writes first, so that the bot may answer. Returns their id, which is also the chat's. */
export function openDialog(sandbox: Sandbox, n = 1): number {
  const { id } = findUser(sandbox, "customer", n);
  sandbox.telegram.sendAsUser({ userId: id, chatId: id, text: "/start" });
  return id;
}

export function groupId(sandbox: Sandbox): number {
  return sandbox.world().group.chatId;
}
