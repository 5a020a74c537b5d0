"use client";

import { NextIntlClientProvider } from "next-intl";
import type { ComponentProps, ReactNode } from "react";
import type { Locale } from "./locale.ts";

type IntlProviderProps = Pick<ComponentProps<typeof NextIntlClientProvider>, "messages"> & {
  locale: Locale;
  children: ReactNode;
};

/** Times are the reader's, not the server's; nothing with a time is rendered on the server. */
export function IntlProvider(props: IntlProviderProps) {
  const timeZone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  return (
    <NextIntlClientProvider locale={props.locale} messages={props.messages} timeZone={timeZone}>
      {props.children}
    </NextIntlClientProvider>
  );
}
