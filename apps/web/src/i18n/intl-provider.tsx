"use client";

import { type Messages, NextIntlClientProvider } from "next-intl";
import type { ReactNode } from "react";
import type { Locale } from "./locale.ts";

/** Times are the reader's, not the server's; nothing with a time is rendered on the server. */
export function IntlProvider(props: { locale: Locale; messages: Messages; children: ReactNode }) {
  const timeZone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  return (
    <NextIntlClientProvider locale={props.locale} messages={props.messages} timeZone={timeZone}>
      {props.children}
    </NextIntlClientProvider>
  );
}
