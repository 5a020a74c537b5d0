/** What API keys' scopes are about: each domain has `:read` and `:write`. */
export const SCOPE_DOMAINS = ["support", "chats", "notifications", "trading", "auth"] as const;
type Domain = (typeof SCOPE_DOMAINS)[number];

/** A documented protocol that takes a token. */
export interface Protocol {
  /** Staff need its `read`, and a server's key its `write` to name a user. */
  domain: Domain;
  customers: boolean;
  agents: boolean;
}

/** Documented protocols that take a token in the address or the handshake, by the audience of their tokens. */
export const PROTOCOLS = {
  miniApp: { domain: "notifications", customers: true, agents: true },
  chats: { domain: "chats", customers: false, agents: true },
  notifications: { domain: "notifications", customers: false, agents: true },
  trading: { domain: "trading", customers: true, agents: true },
  support: { domain: "support", customers: true, agents: false },
} as const satisfies Record<string, Protocol>;
export type TokenAudience = keyof typeof PROTOCOLS;

/** Whose tokens show who a user of the operator's own app is. */
export const APP_AUDIENCE: TokenAudience = "support";
