/** Where a link into the Mini App (`?startapp=…`) leads. */
export type Destination = { tab: "support"; messageId: number | null };

/** `message_214` is a message of the conversation; anything else is the conversation. */
export function destinationOf(startParam: string | null): Destination {
  const id = /^message_(\d{1,15})$/.exec(startParam ?? "")?.[1];
  return { tab: "support", messageId: id ? Number(id) : null };
}
