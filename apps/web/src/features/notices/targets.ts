import { inboxHref } from "../support/inbox/inbox-view.ts";

/** What a notice about a conversation leads to. */
export const conversationTarget = (id: number): string => `/inbox/${id}`;

/** The address behind a target, without the detour over the server that a link from outside takes. */
export function hrefOf(target: string): string {
  const id = /^\/inbox\/(\d+)$/.exec(target)?.[1];
  return id ? inboxHref("/inbox", { c: Number(id) }) : target;
}
