import { randomBytes, randomInt } from "node:crypto";
import { z } from "zod";
import type { WorldEvent } from "../control.ts";
import type { Host, SandboxOptions } from "../module.ts";
import { instagramMediaKind } from "./control.ts";

export type InstagramHost = Host<InstagramState, WorldEvent>;

const person = z.object({
  /** Instagram-scoped id: what this business knows the person by. */
  id: z.string(),
  name: z.string(),
  username: z.string(),
});
export type Person = z.infer<typeof person>;

/** `file`: of `files`, or the name of a drawn picture (see ../pictures.ts). Times are epoch ms. */
const media = z.object({
  id: z.string(),
  kind: instagramMediaKind,
  caption: z.string(),
  file: z.string(),
  at: z.number(),
  isLive: z.boolean(),
});
export type Media = z.infer<typeof media>;

const comment = z.object({
  id: z.string(),
  /** Null: on a post of another account. */
  mediaId: z.string().nullable(),
  parentId: z.string().nullable(),
  /** A person's id, or the account's. */
  fromId: z.string(),
  text: z.string(),
  at: z.number(),
  isOnAir: z.boolean(),
  hasPrivateReply: z.boolean(),
});
export type Comment = z.infer<typeof comment>;

const message = z.object({
  mid: z.string(),
  personId: z.string(),
  by: z.enum(["person", "api", "app"]),
  text: z.string(),
  attachment: z
    .object({
      type: z.enum(["image", "share", "story_mention"]),
      file: z.string().nullable(),
      url: z.string().nullable(),
    })
    .nullable(),
  replyToMid: z.string().nullable(),
  storyId: z.string().nullable(),
  reaction: z.string().nullable(),
  isUnsent: z.boolean(),
  isSeen: z.boolean(),
  at: z.number(),
});
export type Message = z.infer<typeof message>;

const webhook = z.object({
  id: z.string(),
  title: z.string(),
  /** Empty once it is delivered or given up. */
  body: z.string(),
  signature: z.enum(["right", "wrong", "none"]),
  at: z.number(),
  attempts: z.number(),
  status: z.number().nullable(),
  state: z.enum(["waiting", "delivered", "given up"]),
});
export type Webhook = z.infer<typeof webhook>;

const token = z.object({ token: z.string(), issuedAt: z.number(), expiresAt: z.number() });

export const FIELDS = [
  "comments",
  "live_comments",
  "mentions",
  "messages",
  "message_reactions",
  "messaging_postbacks",
  "messaging_seen",
] as const;
export type Field = (typeof FIELDS)[number];

export const instagramState = z.object({
  app: z.object({ id: z.string(), secret: z.string(), verifyToken: z.string() }),
  account: z.object({ id: z.string(), appScopedId: z.string(), name: z.string(), username: z.string() }),
  /** Long-lived access tokens, the newest last. */
  tokens: z.array(token),
  /** Where webhooks go, once it has answered Meta's challenge. */
  callbackUrl: z.string().nullable(),
  subscribedFields: z.array(z.enum(FIELDS)),
  people: z.array(person),
  media: z.array(media),
  comments: z.array(comment),
  messages: z.array(message),
  files: z.array(z.object({ unique: z.string(), mime: z.string() })),
  /** Oldest first. */
  webhooks: z.array(webhook),
  /** Survives a reset, so that no id is used twice. */
  nextId: z.number(),
});
export type InstagramState = z.infer<typeof instagramState>;

export const DAY_MS = 86_400_000;
export const TOKEN_LIFE_MS = 60 * DAY_MS;
const HOUR_MS = 3_600_000;

export function createState({ now = () => new Date() }: SandboxOptions): InstagramState {
  const at = now().getTime();
  return {
    app: {
      id: "1500000000000001",
      secret: randomBytes(16).toString("hex"),
      verifyToken: randomBytes(16).toString("base64url"),
    },
    account: {
      id: "17841400000000001",
      appScopedId: "9000000000000001",
      name: "Demo shop",
      username: "demo.shop",
    },
    // A token may be refreshed once it is a day old: this one can be at once.
    tokens: [{ token: createToken(), issuedAt: at - 2 * DAY_MS, expiresAt: at - 2 * DAY_MS + TOKEN_LIFE_MS }],
    callbackUrl: null,
    subscribedFields: [...FIELDS],
    people: demoPeople(),
    media: demoMedia(at),
    comments: [],
    messages: [],
    files: [],
    webhooks: [],
    nextId: 1,
  };
}

/** Empties the world; the app, its tokens and where webhooks go are the product's, not people's. */
export function clearState(state: InstagramState): void {
  state.comments = [];
  state.messages = [];
  state.webhooks = [];
  state.subscribedFields = [...FIELDS];
  for (const one of state.media) one.isLive = one.kind === "live";
}

function demoPeople(): Person[] {
  return [
    { id: "7100000000000001", name: "Demo person 1", username: "demo.person.1" },
    { id: "7100000000000002", name: "Demo person 2", username: "demo_person_2" },
    { id: "7100000000000003", name: "Демо человек 3", username: "demo.person.3" },
  ];
}

function demoMedia(at: number): Media[] {
  const of = (kind: Media["kind"], caption: string) => ({ kind, caption, isLive: kind === "live" });
  const all = [
    of("post", "Demo post 1: new gift boxes"),
    of("post", "Demo post 2: from our workshop"),
    of("story", "Demo story"),
    of("live", "Demo live video"),
  ];
  return all.map((one, index) => ({
    ...one,
    id: `1800000000000000${index + 1}`,
    file: `picture-${index + 1}`,
    at: at - (all.length - index) * HOUR_MS,
  }));
}

export function createToken(): string {
  return `IGAA${randomBytes(60).toString("base64url")}`;
}

/** 17 digits, as ids of comments have. */
export function takeNumericId(state: InstagramState): string {
  return `180${String(state.nextId++).padStart(8, "0")}${randomInt(100_000, 1_000_000)}`;
}

export function takeMid(state: InstagramState): string {
  const plain = `ig_dm_${state.nextId++}_${randomBytes(30).toString("hex")}`;
  return `aWdfZAG1faXRlbToxOklHTWVzc2FnZ${Buffer.from(plain).toString("base64url")}`;
}

export function findPerson(state: InstagramState, id: string): Person | undefined {
  return state.people.find((one) => one.id === id);
}

export function findMedia(state: InstagramState, id: string | null): Media | undefined {
  return id === null ? undefined : state.media.find((one) => one.id === id);
}

export function findMessage(state: InstagramState, mid: string): Message | undefined {
  return state.messages.find((one) => one.mid === mid);
}

/** The name that comments of this author stand under. */
export function usernameOf(state: InstagramState, id: string): string {
  return findPerson(state, id)?.username ?? state.account.username;
}
