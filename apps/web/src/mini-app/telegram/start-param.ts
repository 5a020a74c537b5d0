/** Where a link into the Mini App (`?startapp=…`) leads. */
export type Destination = { tab: "support"; messageId: number | null };

/** `message_214` is a message of the conversation; anything else is the conversation. */
export function destinationOf(startParam: string | null): Destination {
  const id = /^message_(\d{1,15})$/.exec(startParam ?? "")?.[1];
  return { tab: "support", messageId: id ? Number(id) : null };
}

/** What a link to the page itself carries as `?startapp=`; null for what Telegram would not take either. */
export function startParamOf(search: string): string | null {
  const param = new URLSearchParams(search).get("startapp");
  return param !== null && /^[\w-]{1,256}$/.test(param) ? param : null;
}

/** The way to Telegram Login and back to the page. */
export function signInAddress(startParam: string | null): string {
  const next = startParam === null ? "/app" : `/app?startapp=${startParam}`;
  return `/auth/telegram/start?next=${encodeURIComponent(next)}`;
}
