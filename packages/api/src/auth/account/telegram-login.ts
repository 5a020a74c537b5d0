/** Who came back from Telegram, as its signed id token says. */
export interface TelegramIdentity {
  /** The Bot API's user id, as a decimal number; not OpenID's `sub`, which means nothing elsewhere. */
  id: string;
  name: string;
  username: string | null;
}

/** What only the browser that began to sign in knows, and what ties Telegram's answer to it. */
export interface LoginProof {
  /** Where Telegram sends the browser back to; the same in both steps. */
  redirectUri: string;
  nonce: string;
  /** PKCE, 43 to 128 characters. */
  codeVerifier: string;
}

/** Signing in with Telegram: OpenID Connect, the authorization code flow with PKCE. */
export interface TelegramLogin {
  /** Where to send the browser. @throws DomainError `UNAVAILABLE` while Telegram is out of reach */
  addressOf(request: LoginProof & { state: string }): Promise<URL>;
  /**
   * Who stands behind the code that the browser brought back.
   * @throws DomainError `UNAUTHORIZED` when the code or what Telegram signed does not hold, `UNAVAILABLE` while Telegram is out of reach
   */
  redeem(answer: LoginProof & { code: string }): Promise<TelegramIdentity>;
}
