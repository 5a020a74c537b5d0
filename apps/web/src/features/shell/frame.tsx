"use client";

import { useTranslations } from "next-intl";
import { type ReactNode, Suspense } from "react";
import { Rail } from "./rail.tsx";
import { ShellDialogs } from "./shell-dialogs.tsx";
import { TabBar } from "./tab-bar.tsx";
import { UnreadTitle } from "./unread-title.tsx";

/** Rail and page; below 960 px page and tab bar. */
export function Frame({ children }: { children: ReactNode }) {
  const t = useTranslations("common");
  return (
    <ShellDialogs>
      <a href="#content" className="skip-link rounded-2 bg-surface px-3 py-2 font-medium shadow-dialog">
        {t("skipToContent")}
      </a>
      <div className="flex h-dvh flex-col md:grid md:grid-cols-[56px_minmax(0,1fr)] md:grid-rows-[minmax(0,1fr)] lg:grid-cols-[184px_minmax(0,1fr)]">
        <Rail />
        <main id="content" tabIndex={-1} className="flex min-h-0 min-w-0 flex-1 flex-col bg-surface outline-none">
          <Suspense>{children}</Suspense>
        </main>
        <TabBar />
      </div>
      <UnreadTitle />
    </ShellDialogs>
  );
}
