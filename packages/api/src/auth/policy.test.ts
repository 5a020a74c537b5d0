import { expect, it } from "vitest";
import type { Actor } from "../actor.ts";
import { DomainError } from "../errors.ts";
import { appRouter } from "../root.ts";
import { ANONYMOUS, agentWith, keyWith, makeCustomer, SYSTEM } from "../testing/factories.ts";
import { enforcePolicy, type Policy } from "./policy.ts";

const ACTORS: Record<string, Actor> = {
  anonymous: ANONYMOUS,
  customer: makeCustomer(),
  moderator: agentWith("Moderator"),
  "agent without scopes": agentWith("User"),
  "key that writes": keyWith("support:write"),
  "key that reads": keyWith("support:read"),
  "key of another domain": keyWith("chats:write", "auth:write"),
  "key without scopes": keyWith(),
  Pult: SYSTEM,
};
const { anonymous: _, ...SIGNED_IN } = ACTORS;

it.each<[Policy, string[]]>([
  [{ kind: "public" }, Object.keys(ACTORS)],
  [{ kind: "authenticated" }, Object.keys(SIGNED_IN)],
  [{ kind: "agent" }, ["moderator", "agent without scopes"]],
  [{ kind: "customer", scope: "support:write" }, ["customer", "key that writes", "Pult"]],
  [{ kind: "customer", scope: "support:read" }, ["customer", "key that writes", "key that reads", "Pult"]],
  [{ kind: "staff", scope: "support:write" }, ["moderator", "key that writes", "Pult"]],
  [{ kind: "staff", scope: "support:read" }, ["moderator", "key that writes", "key that reads", "Pult"]],
  [{ kind: "customerOrStaff", scope: "support:write" }, ["customer", "moderator", "key that writes", "Pult"]],
])("enforcePolicy admits under %j only %j", (policy, admitted) => {
  const outcomeFor = (actor: Actor) => {
    try {
      enforcePolicy(policy, actor);
      return "admitted";
    } catch (error) {
      return error instanceof DomainError ? error.code : error;
    }
  };
  for (const [name, actor] of Object.entries(ACTORS)) {
    const refused = actor.kind === "anonymous" ? "UNAUTHORIZED" : "FORBIDDEN";
    expect([name, outcomeFor(actor)]).toEqual([name, admitted.includes(name) ? "admitted" : refused]);
  }
});

/** The policy of every procedure, by router. That each is enforced on every transport is the policy matrix's to show. */
const POLICIES: Record<string, Record<string, string[]>> = {
  auth: {
    public: ["signIn", "signOut", "methods", "miniApp"],
    authenticated: ["me", "onSession", "ticket", "socketToken"],
    agent: ["security", "confirm"],
  },
  "auth.setUp": { public: ["check", "complete"] },
  "auth.profile": { agent: ["update"] },
  "auth.password": { public: ["requestReset", "checkReset", "reset"], agent: ["change"] },
  "auth.totp": { agent: ["begin", "confirm", "disable", "renewBackupCodes"] },
  "auth.passkeys": {
    public: ["signInOptions", "signIn"],
    agent: ["registerOptions", "register", "rename", "remove", "confirm"],
  },
  "auth.sessions": { agent: ["list", "revoke"] },
  "auth.telegram": { agent: ["get", "unlink"] },
  "auth.team": {
    public: ["invitation", "accept"],
    "staff auth:read": ["list", "invitations"],
    "staff auth:write": [
      ...["setRole", "setDisabled", "endSessions", "resetLink", "disableTotp"],
      ...["invite", "revokeInvitation"],
    ],
  },
  "auth.roles": { "staff auth:read": ["list"], "staff auth:write": ["create", "update", "remove"] },
  "auth.apiKeys": { "staff auth:read": ["list"], "staff auth:write": ["create", "revoke"] },
  "auth.audit": { "staff auth:read": ["list", "actions", "export"] },
  "auth.retention": { "staff auth:read": ["get"], "staff auth:write": ["set", "run"] },
  "auth.people": {
    authenticated: ["linkChallenge", "link"],
    "staff auth:read": ["search", "show"],
    "staff auth:write": ["grant", "revoke", "previewMerge", "merge", "undoMerge", "export", "erase"],
  },
  notifications: {
    person: ["onInbox"],
    "customerOrStaff notifications:read": ["status", "onStatus", "onLiveAlert", "onToast", "takeMissed", "history"],
    "staff notifications:read": ["onBroadcast", "onEvent", "onPresence", "analytics", "statusHistory"],
    "staff notifications:write": ["broadcast", "pin", "toast"],
  },
  "notifications.inbox": { person: ["list", "markRead", "archive", "snooze"] },
  "notifications.preferences": { person: ["get", "set"] },
  // Keys name another person, with a scope that the service asks for.
  "notifications.push": {
    public: ["key"],
    person: ["subscribe", "unsubscribe"],
    authenticated: ["devices", "test"],
  },
  "notifications.deliveries": { authenticated: ["list"] },
  "notifications.liveAlerts": {
    "customerOrStaff notifications:read": ["open", "watch", "seen"],
    "staff notifications:read": ["list", "reach"],
    "staff notifications:write": ["publish", "settle"],
  },
  "notifications.broadcasts": {
    "staff notifications:read": ["list", "get", "subscribers", "subscription", "targets", "topics"],
    "staff notifications:write": ["pause", "resume", "cancel", "estimate", "nameTopic", "retry"],
  },
  "notifications.instagram": {
    "staff notifications:read": ["accounts", "health"],
    "staff notifications:write": ["replyToComment", "selfTest", "setAccount"],
  },
  "notifications.presence": { "staff notifications:read": ["list"] },
  "notifications.events": { "staff notifications:read": ["list"], "staff notifications:write": ["replay"] },
  support: {
    public: ["vapidPublicKey"],
    "customer support:read": ["history", "onMessage"],
    "customer support:write": ["send", "markRead", "registerDevice"],
    "customerOrStaff support:read": ["onTyping"],
    "customerOrStaff support:write": ["setTyping"],
    "staff support:read": [
      "inbox",
      "conversation",
      "agents",
      "onInbox",
      "onConversation",
      "onPresence",
      "waitingTime",
      "channelHealth",
    ],
    "staff support:write": [
      ...["reply", "note", "assign", "setStatus", "markConversationRead", "setPresence"],
      ...["retryDelivery", "editMessage", "unsendMessage", "fetchAttachment"],
      ...["testPush", "setWaitingTime"],
    ],
  },
  trading: {
    "customerOrStaff trading:read": [
      ...["candles", "depth", "holders", "leaderboard", "portfolio", "price", "quote", "timeline", "trades"],
      ...["onPrice", "onRewards", "onRoom", "onVoice"],
    ],
    "customerOrStaff trading:write": ["trade"],
  },
  // A room's creator may close it; the service asks.
  "chats.accounts": {
    "customerOrStaff chats:read": ["devices", "get", "list", "shares"],
    "customerOrStaff chats:write": ["resume", "setDefault", "setReceipts", "share", "terminateDevice", "unlink"],
  },
  "chats.drafts": { "customerOrStaff chats:write": ["save"], "customerOrStaff chats:read": ["list"] },
  "chats.associations": { "customerOrStaff chats:write": ["add", "remove"], "customerOrStaff chats:read": ["list"] },
  chats: {
    "customerOrStaff chats:write": [
      "cancelScheduled",
      "delete",
      "edit",
      "forward",
      "markRead",
      "react",
      "retry",
      "send",
      "sendNow",
      "setTyping",
    ],
    "customerOrStaff chats:read": [
      "get",
      "list",
      "messages",
      "onAccount",
      "onChats",
      "onDrafts",
      "onReads",
      "onSendState",
      "onTyping",
      "onUnread",
      "resolve",
      "scheduled",
      "search",
      "unread",
    ],
    "staff chats:read": ["onRecords"],
  },
  "chats.events": { "staff chats:read": ["list"] },
  "chats.automations": {
    "staff chats:read": ["list", "runs", "dryRun"],
    "staff chats:write": ["create", "update", "delete", "replay"],
  },
  "chats.webhooks": {
    "staff chats:read": ["list", "deliveries"],
    "staff chats:write": ["create", "update", "delete", "rotateSecret", "test", "replay"],
  },
  "chats.followUps": { "staff chats:read": ["list"] },
  "chats.templates": { "staff chats:read": ["list", "preview"], "staff chats:write": ["archive", "save"] },
  "chats.analytics": { "staff chats:read": ["responses"] },
  "chats.changes": { "staff chats:read": ["list"] },
  "chats.companies": {
    "staff chats:read": ["get", "list", "timeline"],
    "staff chats:write": ["create", "delete", "update"],
  },
  "chats.contacts": {
    "customerOrStaff chats:read": ["telegram"],
    "staff chats:read": ["duplicates", "exportCsv", "get", "list", "timeline"],
    "staff chats:write": ["create", "delete", "importCsv", "merge", "unmerge", "update"],
  },
  "chats.notes": { "staff chats:write": ["create", "delete", "update"] },
  "chats.tasks": { "staff chats:read": ["list"], "staff chats:write": ["complete", "create", "delete", "update"] },
  "chats.deals": {
    "staff chats:read": ["board", "get", "list", "timeline"],
    "staff chats:write": ["create", "delete", "move", "update"],
  },
  "chats.fields": { "staff chats:read": ["list"], "staff chats:write": ["create", "delete", "update"] },
  "chats.pipelines": { "staff chats:read": ["list"], "staff chats:write": ["delete", "save"] },
  "chats.tags": { "staff chats:read": ["list"], "staff chats:write": ["assign", "create", "delete", "rename", "undo"] },
  "chats.views": { "staff chats:read": ["list"], "staff chats:write": ["delete", "save"] },
  "chats.addressBook": { "staff chats:read": ["entries", "get"], "staff chats:write": ["change", "keep", "read"] },
  "chats.agreements": { "staff chats:read": ["list", "ofContact"], "staff chats:write": ["end", "record"] },
  "chats.bulk": {
    "staff chats:read": ["get", "list", "onBulks", "recipients", "settings"],
    "staff chats:write": ["approve", "save", "setSettings", "setState", "submit"],
  },
  "chats.imports": {
    "customerOrStaff chats:write": ["create", "start", "undo"],
    "customerOrStaff chats:read": ["get", "list", "onImport"],
  },
  "chats.link": { "customerOrStaff chats:write": ["cancel", "init", "onQr", "password", "requestCode", "signIn"] },
  "trading.rooms": {
    "customerOrStaff trading:read": ["list", "get"],
    "customerOrStaff trading:write": ["create", "close", "join", "leave"],
    "staff trading:read": ["verify"],
  },
  "trading.chat": { "customerOrStaff trading:read": ["list"], "customerOrStaff trading:write": ["send"] },
  "trading.rewards": { "customerOrStaff trading:read": ["get"], "customerOrStaff trading:write": ["claim"] },
  "trading.moderation": { "staff trading:write": ["mute", "readmit", "remove", "setSpeaker", "warn"] },
  "trading.voice": {
    "customerOrStaff trading:read": ["participants"],
    "customerOrStaff trading:write": ["cancel", "confirm", "leave", "raiseHand", "start", "transcript"],
  },
};

it("Every procedure declares the policy that is meant for it", () => {
  const procedures = appRouter._def.procedures as unknown as Record<string, { _def: { meta?: { policy: Policy } } }>;
  const declared = Object.entries(procedures).map(([path, { _def }]) => [
    path,
    Object.values(_def.meta?.policy ?? {}).join(" "),
  ]);
  const meant = Object.entries(POLICIES).flatMap(([router, policies]) =>
    Object.entries(policies).flatMap(([policy, names]) => names.map((name) => [`${router}.${name}`, policy])),
  );
  expect(Object.fromEntries(declared)).toEqual(Object.fromEntries(meant));
});
