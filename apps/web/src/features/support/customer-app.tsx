"use client";

import { NextIntlClientProvider, useLocale } from "next-intl";
import { type ComponentProps, lazy, Suspense, useEffect, useState } from "react";
import type { Locale } from "../../i18n/locale.ts";
import { startTelegramClient, type TelegramClient } from "../../telegram/client.ts";
import { type Launch, readLaunch } from "../../telegram/launch.ts";
import { localeOf } from "../../telegram/locale-of.ts";
import { ChatLoading } from "./customer-loading.tsx";

// What tells Telegram that the page is ready comes first; what is shown then follows beside it.
const loadPage = () => import("./customer-page.tsx").then((module) => ({ default: module.CustomerPage }));
const CustomerPage = lazy(loadPage);
const CustomerOutside = lazy(() =>
  import("./customer-outside.tsx").then((module) => ({ default: module.CustomerOutside })),
);

type MiniAppMessages = ComponentProps<typeof NextIntlClientProvider>["messages"];

type Opened = { launch: Launch; telegram: TelegramClient } | "outside" | null;

/** Null until the browser has been asked: the server knows nothing of the address's fragment. */
function useOpened(): Opened {
  const [opened, setOpened] = useState<Opened>(null);
  useEffect(() => {
    const launch = readLaunch();
    if (!launch) return setOpened("outside");
    void loadPage();
    const telegram = startTelegramClient(launch);
    setOpened({ launch, telegram });
    return telegram.stop;
  }, []);
  return opened;
}

/** The Mini App: in the language of the user's Telegram where we speak it, else in that of the page. */
export function CustomerApp({ messages }: { messages: Record<Locale, MiniAppMessages> }) {
  const pageLocale = useLocale();
  const opened = useOpened();
  const languageCode = opened && opened !== "outside" ? opened.launch.languageCode : null;
  const locale = localeOf(languageCode) ?? pageLocale;
  useEffect(() => {
    document.documentElement.lang = locale;
  }, [locale]);
  const timeZone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  return (
    <NextIntlClientProvider locale={locale} messages={messages[locale]} timeZone={timeZone}>
      <div className="fixed inset-x-0 top-0 flex h-(--app-height,100dvh) flex-col bg-canvas pt-(--app-inset-top,env(safe-area-inset-top,0px)) pr-(--app-inset-right,env(safe-area-inset-right,0px)) pb-(--app-inset-bottom,env(safe-area-inset-bottom,0px)) pl-(--app-inset-left,env(safe-area-inset-left,0px)) text-[0.9375rem]/5 text-fg">
        <Suspense fallback={<ChatLoading />}>
          {opened === "outside" ? <CustomerOutside /> : null}
          {opened && opened !== "outside" ? <CustomerPage {...opened} /> : null}
        </Suspense>
      </div>
    </NextIntlClientProvider>
  );
}
