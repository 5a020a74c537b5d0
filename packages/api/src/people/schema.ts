import { z } from "zod";
import { namespace, role } from "../auth/schema.ts";
import { isStorable } from "../storable.ts";

const storable = (text: string) => isStorable(text);
const externalId = z.string().min(1).max(254).refine(storable, "No NUL or half characters");

/** An id in a namespace: equal ids in two namespaces are two people until linked by proof. */
export const identityRef = z.object({ namespace, externalId });
export type IdentityRef = z.infer<typeof identityRef>;

export const identity = z.object({
  namespace,
  externalId: z.string(),
  username: z.string().nullable(),
  /** The owner has proven it once. */
  proven: z.boolean(),
  createdAt: z.iso.datetime(),
});
export type Identity = z.infer<typeof identity>;

export const personSummary = z.object({
  id: z.uuid(),
  name: z.string(),
  role,
  /** The custom role that counts in the place of `role`. */
  customRole: z.string().nullable(),
  languageCode: z.string().nullable(),
  /** Can sign in to the dashboard, or could. */
  isAgent: z.boolean(),
  createdAt: z.iso.datetime(),
  identities: z.array(identity),
});
export type PersonSummary = z.infer<typeof personSummary>;

export const personConversation = z.object({
  id: z.number().int().positive(),
  channel: namespace,
  externalId: z.string(),
  status: z.string(),
  messageCount: z.number().int().nonnegative(),
  lastActivityAt: z.iso.datetime(),
});
export type PersonConversation = z.infer<typeof personConversation>;

export const personMerge = z.object({
  id: z.uuid(),
  /** Who became part of this person. */
  mergedId: z.uuid(),
  mergedName: z.string(),
  /** `agent` who decided, or `proof`. */
  reason: z.enum(["agent", "proof"]),
  createdAt: z.iso.datetime(),
  /** What came with them. */
  identities: z.array(z.object({ namespace, externalId: z.string() })),
});
export type PersonMerge = z.infer<typeof personMerge>;

export const person = personSummary.extend({
  /** Set for a merged person; identities and conversations are with that one. */
  mergedIntoId: z.uuid().nullable(),
  conversations: z.array(personConversation),
  /** That can be undone, newest first. */
  merges: z.array(personMerge),
});
export type Person = z.infer<typeof person>;

export const searchPeopleInput = z.object({
  /** Words that occur in a name, a username or an id; empty for the newest people. */
  query: z.string().trim().max(200).refine(storable, "No NUL or half characters").default(""),
  limit: z.number().int().min(1).max(100).default(20),
});
export type SearchPeopleInput = z.infer<typeof searchPeopleInput>;

export const showPersonInput = z.union([z.object({ personId: z.uuid() }), identityRef]);
export type ShowPersonInput = z.infer<typeof showPersonInput>;

export const grantInput = identityRef.extend({ role });
export type GrantInput = z.infer<typeof grantInput>;

/** Signed by the wallet over the message of `linkChallenge`, with `{address}` replaced. */
const walletProof = z.object({
  /** Solana address: 32 bytes, base58. */
  address: z.string().min(32).max(44),
  /** Ed25519, 64 bytes, base58. */
  signature: z.string().min(64).max(88),
  nonce: z.string().min(1).max(100),
});
export type WalletProof = z.infer<typeof walletProof>;

export const linkInput = z.object({
  proof: z.union([
    /** Telegram's `initData`, as received. */
    z.object({ initData: z.string().min(1).max(4096) }),
    /** The app's JWT of the other account. */
    z.object({ token: z.string().min(1).max(8192) }),
    z.object({ wallet: walletProof }),
  ]),
});
export type LinkInput = z.infer<typeof linkInput>;

export const linkChallenge = z.object({
  nonce: z.string(),
  /** To be signed as UTF-8, after its first `{address}` was replaced by the wallet's. */
  message: z.string(),
  expiresAt: z.iso.datetime(),
});
export type LinkChallenge = z.infer<typeof linkChallenge>;

/** All identities of the caller after a link. */
export const linked = z.object({
  identities: z.array(z.object({ namespace, externalId: z.string() })),
  /** Another person was merged into the caller. */
  merged: z.boolean(),
});
export type Linked = z.infer<typeof linked>;

export const mergeInput = z.object({ keepId: z.uuid(), mergeId: z.uuid() });
export type MergeInput = z.infer<typeof mergeInput>;

export const mergePreview = z.object({
  /** All that the kept person would be known by. */
  identities: z.array(identity),
  conversations: z.array(personConversation),
  roleAfter: role,
  /** Why it cannot be done; empty when it can. */
  refusals: z.array(z.string()),
});
export type MergePreview = z.infer<typeof mergePreview>;

export const eraseInput = z.object({ personId: z.uuid(), dryRun: z.boolean().default(false) });
export type EraseInput = z.infer<typeof eraseInput>;

export const erased = z.object({
  /** Whether nothing was done yet. */
  dryRun: z.boolean(),
  /** Rows and files by kind. */
  counts: z.record(z.string(), z.number().int().nonnegative()),
  /** What lies outside Pult's reach, in words. */
  remaining: z.array(z.string()),
});
export type Erased = z.infer<typeof erased>;
