import type { TelegramClients } from "@pult/api/chats/engine/port.ts";
import type { AccountLinkOptions, Times } from "./account-link.ts";
import type { ServerKey } from "./server-key.ts";
import type { Endpoint } from "./socket.ts";

/** A data centre in the place of Telegram's: only its key is trusted, and only its address is dialled, for every number. */
export interface OwnDataCentre extends Endpoint {
  key: ServerKey;
}

export interface GramjsOptions {
  /** Null: Telegram's own. */
  dataCentre: OwnDataCentre | null;
  times?: Partial<Times>;
}

/**
 * Telegram's client API by gramjs. It is loaded with the first connection: it costs 95 MB. A process has one set of trusted keys, so it
 * speaks to one of the two worlds.
 */
export function createGramjs({ dataCentre, times }: GramjsOptions): TelegramClients {
  return {
    connect: async (options) => {
      const { openConnection, locateAt, trustOnly, TIMES } = await load();
      if (dataCentre) trustOnly(dataCentre.key);
      const locate: AccountLinkOptions["locate"] = dataCentre ? () => dataCentre : locateAt;
      return await openConnection(options, { locate, times: { ...TIMES, ...times } });
    },
  };
}

async function load() {
  forgetSchema();
  const [connection, links, places] = await Promise.all([
    import("./connection.ts"),
    import("./account-link.ts"),
    import("./data-centres.ts"),
  ]);
  return { ...connection, ...links, ...places };
}

let isFresh = true;
/** On Deno gramjs keeps its schema there without a version, and prefers it after an upgrade. */
function forgetSchema(): void {
  if (isFresh && "Deno" in globalThis) globalThis.localStorage?.removeItem("GramJs:apiCache");
  isFresh = false;
}
