"use client";

import { useTranslations } from "next-intl";
import { type ReactNode, useId } from "react";
import { SectionState, SettingsHeader } from "../../settings/section.tsx";
import { usePreferences } from "../use-preferences.ts";
import { DeviceList } from "./device-list.tsx";
import { KindTable } from "./kind-table.tsx";
import { TelegramFallback } from "./telegram-fallback.tsx";
import { ThisBrowser } from "./this-browser.tsx";
import { Timing } from "./timing.tsx";

function Section({ title, hint, children }: { title: string; hint: string; children: ReactNode }) {
  const id = useId();
  return (
    <section aria-labelledby={id} className="border-line border-b px-4 pt-4 pb-4 last:border-0">
      <h2 id={id} className="font-semibold text-14">
        {title}
      </h2>
      <p className="max-w-[640px] text-12 text-muted">{hint}</p>
      <div className="mt-3 max-w-[860px]">{children}</div>
    </section>
  );
}

/** What an agent is told of, on which way, and when. */
export function NotificationSettings() {
  const t = useTranslations();
  const { data, error, refetch } = usePreferences();
  return (
    <>
      <SettingsHeader title={t("settings.section.notifications")} />
      <div className="scroll-pane flex min-h-0 flex-1 flex-col">
        {data ? (
          <>
            <Section title={t("notices.devices.title")} hint={t("notices.devices.hint")}>
              <ThisBrowser />
              <DeviceList />
              <TelegramFallback />
            </Section>
            <Section title={t("notices.kinds.title")} hint={t("notices.kinds.hint")}>
              <KindTable kinds={data.kinds} />
            </Section>
            <Section title={t("notices.timing.title")} hint={t("notices.timing.hint")}>
              <Timing preferences={data} />
            </Section>
          </>
        ) : (
          <SectionState error={error} onRetry={() => void refetch()} />
        )}
      </div>
    </>
  );
}
