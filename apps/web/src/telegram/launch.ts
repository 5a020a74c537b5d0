import { retrieveLaunchParams, retrieveRawInitData } from "@tma.js/sdk-react";
import type { ThemeParams } from "./theme-colors.ts";

/** How Telegram opened the page. */
export type Launch = {
  /** Signed by Telegram, to be handed to the server as it is. */
  initData: string;
  /** When it was signed, epoch milliseconds. */
  signedAt: number;
  userId: string | null;
  /** IETF tag of the user's Telegram, such as `ru`. */
  languageCode: string | null;
  startParam: string | null;
  /** Of Mini Apps in this client, such as `8.0`. */
  version: string;
  theme: ThemeParams;
};

/** Null outside Telegram. */
export function readLaunch(): Launch | null {
  try {
    const params = retrieveLaunchParams();
    const initData = retrieveRawInitData();
    const data = params.tgWebAppData;
    if (!initData || !data) return null;
    return {
      initData,
      signedAt: data.auth_date.getTime(),
      userId: data.user ? String(data.user.id) : null,
      languageCode: data.user?.language_code ?? null,
      startParam: params.tgWebAppStartParam ?? data.start_param ?? null,
      version: params.tgWebAppVersion,
      theme: params.tgWebAppThemeParams,
    };
  } catch {
    return null;
  }
}
