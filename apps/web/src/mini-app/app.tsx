"use client";

import { useLocale } from "next-intl";
import { type ComponentProps, useEffect, useRef, useState } from "react";
import { IntlProvider } from "../i18n/intl-provider.tsx";
import { isLocale, type Locale } from "../i18n/locale.ts";
import { lazyModule } from "../ui/lazy.tsx";
import { startColors } from "./colors.ts";
import { LanguageContext, useLanguageChoice } from "./language.ts";
import { ChatLoading } from "./notices.tsx";
import { BrowserSession, type SignInError } from "./telegram/browser-session.ts";
import { startTelegramClient, type TelegramClient } from "./telegram/client.ts";
import { type Launch, readLaunch } from "./telegram/launch.ts";

/** `ru-RU` is `ru`; null for a language we do not speak. */
function localeOf(languageCode: string | null): Locale | null {
  const language = languageCode?.toLowerCase().split(/[-_]/)[0];
  return isLocale(language) ? language : null;
}

// What tells Telegram that the page is ready comes first; the page is loaded beside it.
const page = lazyModule(() => import("./page.tsx"));
const CustomerPage = page.part((module) => module.CustomerPage, { whileLoading: () => <ChatLoading /> });
const CustomerBrowser = lazyModule(() => import("./browser.tsx")).part((module) => module.CustomerBrowser, {
  whileLoading: () => <ChatLoading />,
});

type MiniAppMessages = ComponentProps<typeof IntlProvider>["messages"];

type Arrived = { session: BrowserSession; error: SignInError | null };
type Opened = ({ by: "telegram"; launch: Launch; telegram: TelegramClient } | ({ by: "browser" } & Arrived)) | null;

function arrive(): Arrived {
  const session = new BrowserSession(window);
  return { session, error: session.takeArrival() };
}

/** Null until the browser has been asked: the server knows nothing of the address's fragment. */
function useOpened(): Opened {
  const [opened, setOpened] = useState<Opened>(null);
  const arrived = useRef<Arrived>(null);
  useEffect(() => {
    // Whatever stands there of a session does not stay in the address, and is there to be read once.
    arrived.current ??= arrive();
    const launch = readLaunch();
    if (launch || arrived.current.session.token() !== null) page.load().catch(() => {});
    if (!launch) return setOpened({ by: "browser", ...arrived.current });
    const telegram = startTelegramClient(launch);
    startColors(telegram);
    setOpened({ by: "telegram", launch, telegram });
    return telegram.stop;
  }, []);
  return opened;
}

/** The Mini App: in the language that was chosen in it, else in that of the user's Telegram where we speak it, else in the page's. */
export function CustomerApp({ messages }: { messages: Record<Locale, MiniAppMessages> }) {
  const pageLocale = useLocale();
  const opened = useOpened();
  const languageCode = opened?.by === "telegram" ? opened.launch.languageCode : null;
  const language = useLanguageChoice(opened?.by === "telegram" ? opened.telegram : null);
  const locale = language.chosen ?? localeOf(languageCode) ?? pageLocale;
  useEffect(() => {
    document.documentElement.lang = locale;
  }, [locale]);
  return (
    <IntlProvider locale={locale} messages={messages[locale]}>
      <LanguageContext value={language}>
        <div className="fixed inset-x-0 top-0 flex h-(--app-height,100dvh) flex-col bg-canvas pt-(--app-inset-top,env(safe-area-inset-top,0px)) pr-(--app-inset-right,env(safe-area-inset-right,0px)) pb-(--app-inset-bottom,env(safe-area-inset-bottom,0px)) pl-(--app-inset-left,env(safe-area-inset-left,0px)) text-[0.9375rem]/5 text-fg">
          {opened?.by === "browser" ? <CustomerBrowser session={opened.session} error={opened.error} /> : null}
          {opened?.by === "telegram" ? <CustomerPage visit={opened.launch} telegram={opened.telegram} /> : null}
        </div>
      </LanguageContext>
    </IntlProvider>
  );
}
