import type { SandboxUser } from "@pult/sandbox/control.ts";

/** The `user_id` that the operator's own backend knows this customer by; nothing to do with Telegram's. */
export const appUserId = ({ username }: Pick<SandboxUser, "username">): string => username;
