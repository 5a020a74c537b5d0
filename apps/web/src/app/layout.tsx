import type { Metadata, Viewport } from "next";
import { cookies } from "next/headers";
import { getLocale, getMessages } from "next-intl/server";
import type { ReactNode } from "react";
import { IntlProvider } from "../i18n/intl-provider.tsx";
import { parseTheme, THEME_COOKIE } from "../theme/theme.ts";
import "./globals.css";

export const metadata: Metadata = {
  title: { default: "Pult", template: "%s · Pult" },
  icons: { icon: { url: "/favicon/0", type: "image/svg+xml" } },
  robots: { index: false, follow: false },
  formatDetection: { telephone: false, email: false, address: false },
};

export const viewport: Viewport = {
  width: "device-width",
  initialScale: 1,
  viewportFit: "cover",
  interactiveWidget: "resizes-content",
  themeColor: [
    { media: "(prefers-color-scheme: light)", color: "#f1f3f5" },
    { media: "(prefers-color-scheme: dark)", color: "#0c0f12" },
  ],
};

/** Reads cookies and headers, so every page is rendered per request and carries its own CSP nonce. */
export default async function RootLayout({ children }: { children: ReactNode }) {
  const theme = parseTheme((await cookies()).get(THEME_COOKIE)?.value);
  const [locale, messages] = await Promise.all([getLocale(), getMessages()]);
  return (
    <html lang={locale} data-theme={theme ?? undefined} suppressHydrationWarning>
      <body>
        <IntlProvider locale={locale} messages={messages}>
          {children}
        </IntlProvider>
      </body>
    </html>
  );
}
