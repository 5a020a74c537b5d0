import type { Database } from "@pult/db/database.ts";
import type { Actor } from "./actor.ts";
import type { Audio } from "./audio/audio.ts";
import type { Mailer } from "./auth/mailer.ts";
import type { Background } from "./background.ts";
import type { TelegramClients } from "./chats/engine/port.ts";
import type { InstagramApp } from "./instagram/instagram.ts";
import type { Logger } from "./logger.ts";
import type { FileInspector } from "./media/inspector.ts";
import type { MediaLinks } from "./media/links.ts";
import type { MediaStore } from "./media/store.ts";
import type { PushSender } from "./push/sender.ts";
import type { Readers } from "./readers.ts";
import type { Bus } from "./realtime/bus.ts";
import type { LogFeeds } from "./realtime/log-feeds.ts";
import type { Presence } from "./realtime/presence.ts";
import type { Telegram } from "./telegram/telegram.ts";
import type { Vault } from "./vault/vault.ts";
import type { WebhookSender } from "./workflows/webhooks/sender.ts";

/** What every service may use: the outside world behind ports. */
export interface Deps {
  db: Database;
  bus: Bus;
  feeds: LogFeeds;
  presence: Presence;
  now(): Date;
  log: Logger;
  media: MediaStore;
  mediaLinks: MediaLinks;
  inspectFile: FileInspector;
  push: PushSender;
  /** Null where no bot is configured. */
  telegram: Telegram | null;
  /** Null where no access token is configured. */
  instagram: InstagramApp | null;
  mtproto: Mtproto;
  readers: Readers;
  /** Null where no LiveKit is configured. */
  audio: Audio | null;
  vault: Vault;
  /** Null where mail is not configured. */
  mailer: Mailer | null;
  background: Background;
  /** Calls receivers of events. */
  webhooks: WebhookSender;
  config: Config;
}

/** Linked accounts. */
export interface Mtproto {
  clients: TelegramClients;
  /** The installation's own application at Telegram; null without one. */
  api: { id: number; hash: string } | null;
  /** Set by what keeps the accounts connected; shown at `/health/ready`. */
  health: {
    isFailed: boolean;
    /** For how long no account may be connected before that is a failure. */
    readonly patienceMs: number;
  };
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
  /** How long a connected person has to see what is new before a push is sent. */
  pushDelayMs: number;
  /** Where broadcasts go: a group, and the topic in it that is meant when none is named. Null where no group is configured. */
  liveChat: { chatId: number; threadId: number | null } | null;
  /** Which secrets of Instagram's webhooks are configured. */
  instagramWebhook: { hasAppSecret: boolean; hasVerifyToken: boolean };
  /** How often the status is published. */
  statusIntervalMs: number;
}

export interface Context extends Deps {
  actor: Actor;
  /** For rate limits and session lists. */
  ip: string;
  userAgent: string;
}
