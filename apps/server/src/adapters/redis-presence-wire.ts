import { z } from "zod";
import { parseJson } from "./parse-json.ts";

/**
 * What nodes publish about their own members. `seq` counts a node's changes, so that a node that missed one notices with the next
 * message and reads the node's hash, which holds the same fields with the same values.
 */
const message = z.object({
  node: z.string(),
  seq: z.int(),
  /** Unix ms by the sender's clock; what expires is meant against it. */
  at: z.number(),
  /** The hash was written anew. */
  anew: z.boolean().optional(),
  /** Asks every node to publish its `seq`. */
  who: z.boolean().optional(),
  /** The node is gone. */
  bye: z.boolean().optional(),
  set: z.record(z.string(), z.string()).optional(),
  del: z.array(z.string()).optional(),
  /** Removes what any node set before `version`. */
  removed: z.array(z.object({ room: z.string(), member: z.string(), version: z.number() })).optional(),
});
export type PresenceMessage = z.infer<typeof message>;

/** Where the hash stands, in a field of its own. */
const state = z.object({ seq: z.int(), at: z.number() });
export type HashState = z.infer<typeof state>;
export const STATE_FIELD = "state";

const entryFields = z.object({ value: z.unknown(), version: z.number(), expiresAt: z.number() });
const memberName = z.tuple([z.string(), z.string()]);

export type Field = { kind: "key"; key: string } | { kind: "member"; room: string; member: string };

export const fieldOfKey = (key: string): string => `k:${key}`;
export const fieldOfMember = (room: string, member: string): string => `m:${JSON.stringify([room, member])}`;

/** Null for a field that says nothing about people. */
export function parseField(field: string): Field | null {
  if (field.startsWith("k:")) return { kind: "key", key: field.slice(2) };
  const parsed = field.startsWith("m:") ? memberName.safeParse(parseJson(field.slice(2))) : null;
  return parsed?.success ? { kind: "member", room: parsed.data[0], member: parsed.data[1] } : null;
}

export const parseMessage = (text: string): PresenceMessage | null => message.safeParse(parseJson(text)).data ?? null;
export const parseHashState = (text: string | undefined): HashState | null =>
  state.safeParse(parseJson(text ?? "")).data ?? null;
export const parseEntry = (text: string) => entryFields.safeParse(parseJson(text)).data ?? null;

export const channelOf = (prefix: string): string => `${prefix}presence`;
export const hashOf = (prefix: string, node: string): string => `${prefix}presence:${node}`;
