export interface Mail {
  /** One address. */
  to: string;
  subject: string;
  /** Plain text. */
  text: string;
}

/** Sends mail. */
export interface Mailer {
  /** Resolves when the mail server has accepted it. @throws when it has not */
  send(mail: Mail): Promise<void>;
}
