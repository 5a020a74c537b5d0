import type { Context } from "../context.ts";

/** A page that a one-time token opens. Browsers do not send the fragment, so the token is in no log and no Referer. */
export const linkTo = ({ config }: Pick<Context, "config">, page: "invitation" | "reset" | "setup", token: string) =>
  `${config.origin}/${page}#token=${token}`;
