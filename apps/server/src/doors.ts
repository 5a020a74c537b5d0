import type { Actor } from "@pult/api/actor.ts";
import { holdsScope } from "@pult/api/auth/permissions.ts";
import { enforcePolicy, type Policy, policyAllows } from "@pult/api/auth/policy.ts";
import type { Scope } from "@pult/api/auth/schema.ts";
import { DomainError } from "@pult/api/errors.ts";
import type { Env } from "./env.ts";

/** What the documented doors ask of whoever names a customer. */
export type LegacyAuth = Env["LEGACY_AUTH"];

/**
 * Who may come in by a door that is no procedure. Beside the policies of procedures: those of doors that look at something else than who
 * comes, and of documented doors, which know customers only and answer 401 to everybody else.
 */
export type DoorPolicy =
  | Policy
  /** A customer of the app about himself, or a key with the scope; with `LEGACY_AUTH=open` also whoever names a customer. */
  | { kind: "documented"; scope: Scope }
  /** Whoever holds a link that Pult signed for this one file; with `LEGACY_AUTH=open` links are not signed. */
  | { kind: "signedLink" }
  /** Whoever knows the secret that Telegram was given for its calls. */
  | { kind: "webhookSecret" }
  /** Anybody on this machine, while the sandbox runs; it never does on an address that others can reach. */
  | { kind: "sandbox" }
  /** Whoever comes is looked at by what is behind it, which refuses a wrong token. Each new connection counts for its address. */
  | { kind: "handshake" }
  /** Nobody in particular, but what is shown must be right: each procedure behind it declares its own policy. */
  | { kind: "inner" };

export interface HttpDoor {
  methods: readonly string[] | "any";
  /** `:name` stands for one part, a last `*` for the rest. */
  path: string;
  policy: DoorPolicy;
  /** Errors are those of the support protocol, and tokens are for it. */
  protocol?: "support";
}

const POST = ["POST"];
const READ = ["GET", "HEAD"];

/** Every door for requests, the first that fits. What is not here is 404. */
export const HTTP_DOORS = {
  health: { methods: READ, path: "/health", policy: { kind: "public" } },
  ready: { methods: READ, path: "/health/ready", policy: { kind: "public" } },
  trpc: { methods: "any", path: "/trpc/*", policy: { kind: "inner" } },
  socketIo: { methods: ["GET", "POST"], path: "/socket.io/*", policy: { kind: "handshake" } },
  sendMessage: {
    methods: POST,
    path: "/send_message",
    policy: { kind: "documented", scope: "support:write" },
    protocol: "support",
  },
  registerDevice: {
    methods: POST,
    path: "/register_device",
    policy: { kind: "documented", scope: "support:write" },
    protocol: "support",
  },
  messageHistory: {
    methods: ["GET"],
    path: "/message_history/:user_id",
    policy: { kind: "documented", scope: "support:read" },
    protocol: "support",
  },
  checkDevice: {
    methods: ["GET"],
    path: "/check_device/:user_id",
    policy: { kind: "documented", scope: "support:read" },
    protocol: "support",
  },
  upload: { methods: READ, path: "/uploads/:file", policy: { kind: "signedLink" }, protocol: "support" },
  media: { methods: POST, path: "/api/media", policy: { kind: "customerOrStaff", scope: "support:write" } },
  backup: { methods: ["GET"], path: "/api/admin/backup", policy: { kind: "staff", scope: "*" } },
  restore: { methods: POST, path: "/api/admin/restore", policy: { kind: "staff", scope: "*" } },
  /** To link, the caller has to be an agent. */
  telegramLoginStart: { methods: ["GET"], path: "/auth/telegram/start", policy: { kind: "inner" } },
  telegramLoginCallback: { methods: ["GET"], path: "/auth/telegram/callback", policy: { kind: "inner" } },
  telegramWebhook: { methods: POST, path: "/api/webhooks/telegram", policy: { kind: "webhookSecret" } },
  sandboxControl: { methods: "any", path: "/sandbox/api/*", policy: { kind: "sandbox" } },
  sandboxPages: { methods: "any", path: "/sandbox/*", policy: { kind: "sandbox" } },
  pages: { methods: "any", path: "/*", policy: { kind: "public" } },
} as const satisfies Record<string, HttpDoor>;

export type HttpDoorName = keyof typeof HTTP_DOORS;

/** Every door for WebSockets. What is not here is 404. */
export const SOCKET_DOORS = {
  trpc: { path: "/trpc", policy: { kind: "inner" } },
  socketIo: { path: "/socket.io", policy: { kind: "handshake" } },
} as const satisfies Record<string, { path: string; policy: DoorPolicy }>;

export type SocketDoorName = keyof typeof SOCKET_DOORS;

/** Every word that a client of the support protocol may say over Socket.IO. Any other is answered with an error. */
export const SUPPORT_EVENTS = {
  join_chat: { kind: "documented", scope: "support:read" },
  /** Leaving a chat that one is not in changes nothing. */
  leave_chat: { kind: "public" },
} as const satisfies Record<string, DoorPolicy>;

export type SupportEvent = keyof typeof SUPPORT_EVENTS;

export const isSupportEvent = (event: string): event is SupportEvent => Object.hasOwn(SUPPORT_EVENTS, event);

/** Paths that are never pages, so that a client of an interface gets no page for an answer. */
const NEVER_PAGES = [
  "/api",
  "/auth/telegram",
  "/trpc",
  "/uploads",
  "/socket.io",
  "/sandbox/api",
  "/message_history",
  "/check_device",
];

export type Found =
  | { door: HttpDoorName; params: Record<string, string> }
  /** The path is known, the method is not. `protocol` says how errors look there. */
  | { door: null; allow: readonly string[]; protocol: "support" | null };

/** Which door a request knocks at. */
export function findHttpDoor(method: string, path: string): Found {
  let known: HttpDoor | null = null;
  for (const [name, door] of Object.entries<HttpDoor>(HTTP_DOORS)) {
    const params = matchPath(door.path, path);
    if (!params || (name === "pages" && isNeverPage(path))) continue;
    if (door.methods === "any" || door.methods.includes(method)) {
      // What has a door of its own is no page for other methods either.
      if (known && name === "pages") break;
      return { door: name as HttpDoorName, params };
    }
    known ??= door;
  }
  const allow = known && known.methods !== "any" ? known.methods : [];
  return { door: null, allow, protocol: known?.protocol ?? protocolOf(path) };
}

const isNeverPage = (path: string): boolean =>
  NEVER_PAGES.some((prefix) => path === prefix || path.startsWith(`${prefix}/`));

const protocolOf = (path: string): "support" | null =>
  /^\/(message_history|check_device|uploads)(\/|$)/.test(path) ? "support" : null;

export function findSocketDoor(path: string): SocketDoorName | null {
  const bare = path.endsWith("/") ? path.slice(0, -1) : path;
  const found = Object.entries(SOCKET_DOORS).find(([, door]) => door.path === bare);
  return found ? (found[0] as SocketDoorName) : null;
}

/** @returns what stands for each `:name`, as written; null when the path does not fit */
function matchPath(pattern: string, path: string): Record<string, string> | null {
  const wanted = pattern.split("/");
  const given = path.split("/");
  const params: Record<string, string> = {};
  for (const [at, part] of wanted.entries()) {
    if (part === "*") return given.length > at || given.length === at ? params : null;
    const value = given[at];
    if (value === undefined) return null;
    if (part.startsWith(":") && value !== "") params[part.slice(1)] = value;
    else if (part !== value) return null;
  }
  return wanted.length === given.length ? params : null;
}

/** Whether the policy names somebody. Where it looks at something else than who comes, that must be shown as well. */
export function doorAllows(policy: DoorPolicy, actor: Actor, legacyAuth: LegacyAuth): boolean {
  switch (policy.kind) {
    case "signedLink":
    case "webhookSecret":
    case "sandbox":
    case "handshake":
    case "inner":
      return true;
    case "documented":
      if (actor.kind === "customer") return actor.namespace === "app";
      if (actor.kind === "apiKey") return holdsScope(actor.scopes, policy.scope);
      return actor.kind === "anonymous" && legacyAuth === "open";
    default:
      return policyAllows(policy, actor);
  }
}

/** @throws DomainError `UNAUTHORIZED`, `FORBIDDEN` */
export function enforceDoor(policy: DoorPolicy, actor: Actor, legacyAuth: LegacyAuth): void {
  if (doorAllows(policy, actor, legacyAuth)) return;
  if (policy.kind === "documented") throw new DomainError("UNAUTHORIZED", "Unauthorized");
  enforcePolicy(policy as Policy, actor);
}
