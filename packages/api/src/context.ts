import type { Database } from "@pult/db/database.ts";
import type { Mailer } from "./auth/mail.ts";
import type { Permission, Role, Scope } from "./auth/schema.ts";
import type { Background } from "./background.ts";
import type { MediaLinks } from "./media/links.ts";
import type { MediaStore } from "./media/store.ts";
import type { Bus } from "./realtime/bus.ts";
import type { LogFeeds } from "./realtime/log-feeds.ts";
import type { Presence } from "./realtime/presence.ts";
import type { DeliveryRules } from "./support/outbox.ts";
import type { PushSender } from "./support/push.ts";
import type { Channel, Source } from "./support/schema.ts";
import type { SupportLane } from "./support/write.ts";
import type { Vault } from "./vault/vault.ts";

/** Structured log; the first argument carries the fields. */
export interface Log {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** What every service may use: the outside world behind ports. */
export interface Deps {
  db: Database;
  bus: Bus;
  feeds: LogFeeds;
  presence: Presence;
  now(): Date;
  log: Log;
  media: MediaStore;
  mediaLinks: MediaLinks;
  push: PushSender;
  supportLane: SupportLane;
  vault: Vault;
  /** Null where mail is not configured. */
  mailer: Mailer | null;
  background: Background;
  config: Config;
}

export interface Config {
  /** What the workspace is called on screens and in pushes. */
  workspace: string;
  /** HS256 secret of customers' tokens. */
  jwtSecret: Uint8Array;
  /** Where browsers reach this installation: scheme, host and port. */
  origin: string;
  /** Bootstrap API key with every scope, taken literally. */
  adminKey: string | null;
  /** Null when no bot is configured. */
  botToken: string | null;
  /** Whether agents and customers can sign in with Telegram in a browser. */
  telegramLogin: boolean;
  /** Whose Ed25519 signatures on init data are believed, hex; Telegram's production key where it is absent. */
  telegramPublicKey?: string;
  /** Which outside legs exist, and how long a connected customer has to see an answer before a push is sent. */
  legs: DeliveryRules;
}

/** Who acts. Unknown is `anonymous` and may nothing. */
export type Actor =
  | { kind: "anonymous" }
  | {
      kind: "agent";
      personId: string;
      name: string;
      email: string;
      role: Role;
      /** The name of his custom role, else of `role`. */
      roleName: string;
      permissions: Permission[];
      scopes: Scope[];
      sessionId: string;
      /** When this session last showed that it is he who holds it; absent where it never did. @see requireConfirmed */
      confirmedAt?: Date;
      /** When he has to sign in again at the latest. */
      expiresAt: Date;
    }
  | Customer
  | {
      kind: "apiKey";
      /** `bootstrap` for `PULT_ADMIN_KEY`. */
      keyId: string;
      name: string;
      scopes: Scope[];
      /** Calls a minute, where it has a limit of its own. */
      limitPerMinute?: number;
      /** When it ends by itself. */
      expiresAt?: Date;
    }
  | { kind: "system" };

/** A customer of one channel, proven unless `LEGACY_AUTH=open` took his bare id. */
export interface Customer {
  kind: "customer";
  channel: Channel;
  externalId: string;
  name: string | null;
  username: string | null;
  languageCode: string | null;
  /** By which door his messages come in. */
  source: Source;
  /** What shows that it is he, where that can end. */
  proof?: CustomerProof;
}

/** A session of our own carries what he may do; a token of his own server ends by itself. */
export type CustomerProof =
  | { kind: "session"; sessionId: string; personId: string; role: Role; permissions: Permission[]; expiresAt: Date }
  | { kind: "token"; expiresAt: Date };

export interface Context extends Deps {
  actor: Actor;
  /** For rate limits and session lists. */
  ip: string;
  userAgent: string;
}
