import { z } from "zod";
import { type Namespace, namespace, role } from "../auth/schema.ts";
import { isStorable } from "../storable.ts";

const storable = (text: string) => isStorable(text);
const externalId = z.string().min(1).max(254).refine(storable, "No NUL or half characters");

/** An id in a namespace: equal ids in two namespaces are two people until linked by proof. */
export const identityRef = z.object({ namespace, externalId });
export type IdentityRef = z.infer<typeof identityRef>;

export interface Identity extends IdentityRef {
  username: string | null;
  /** The owner has proven it once. */
  proven: boolean;
  createdAt: string;
}

export interface PersonConversation {
  id: number;
  channel: Namespace;
  externalId: string;
  status: string;
  messageCount: number;
  lastActivityAt: string;
}

export const searchPeopleInput = z.object({
  /** Words that occur in a name, a username or an id; empty for the newest people. */
  query: z.string().trim().max(200).refine(storable, "No NUL or half characters").default(""),
  limit: z.number().int().min(1).max(100).default(20),
});
export type SearchPeopleInput = z.infer<typeof searchPeopleInput>;

export const showPersonInput = z.union([z.object({ personId: z.uuid() }), identityRef]);
export type ShowPersonInput = z.infer<typeof showPersonInput>;

export const grantInput = identityRef.extend({ role });

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

export const mergeInput = z.object({ keepId: z.uuid(), mergeId: z.uuid() });
export type MergeInput = z.infer<typeof mergeInput>;

export const eraseInput = z.object({ personId: z.uuid(), dryRun: z.boolean().default(false) });
export type EraseInput = z.infer<typeof eraseInput>;
