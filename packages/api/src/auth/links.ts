import type { Context } from "../context.ts";

/** A page that a one-time token opens. The token is in the fragment, which browsers send to nobody: no log and no Referer has it. */
export const linkTo = ({ config }: Pick<Context, "config">, page: "invitation" | "reset" | "setup", token: string) =>
  `${config.origin}/${page}#token=${token}`;
