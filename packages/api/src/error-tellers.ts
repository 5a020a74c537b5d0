import { tellChatsError } from "./chats/told.ts";
import type { DomainError } from "./errors.ts";

/** By router: how the documented protocol of its domain tells errors. Other routers tell codes, keys and params alone. */
export const ERROR_TELLERS: Readonly<
  Record<string, (error: DomainError | null) => { code: string; details?: Record<string, unknown> }>
> = { chats: tellChatsError };
