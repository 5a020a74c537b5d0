"use client";

import { useQuery } from "@tanstack/react-query";
import { useTranslations } from "next-intl";
import { useTRPC } from "../../../trpc/provider.tsx";
import { SectionState } from "../../settings/section-state.tsx";
import { SettingsHeader } from "../../settings/settings-header.tsx";
import { Passkeys } from "./passkeys.tsx";
import { PasswordRow } from "./password-row.tsx";
import { ProfileRow } from "./profile-row.tsx";
import { SessionTable } from "./session-table.tsx";
import { TelegramRow } from "./telegram-row.tsx";
import { TotpRow } from "./totp-row.tsx";

/** One's own account: what one is called, how one signs in, and where one is signed in. */
export function SecurityPage() {
  const t = useTranslations();
  const trpc = useTRPC();
  const security = useQuery(trpc.auth.security.queryOptions(undefined, { staleTime: 0 }));
  return (
    <>
      <SettingsHeader title={t("settings.section.security")} />
      <div className="scroll-pane flex min-h-0 flex-1 flex-col">
        {security.data ? (
          <>
            <section aria-labelledby="profile" className="border-line border-b px-4 pt-4 pb-3">
              <h2 id="profile" className="font-semibold text-14">
                {t("security.profile")}
              </h2>
              <div className="mt-2 max-w-[860px]">
                <ProfileRow security={security.data} />
              </div>
            </section>
            <section aria-labelledby="ways" className="border-line border-b px-4 pt-4 pb-3">
              <h2 id="ways" className="font-semibold text-14">
                {t("security.ways")}
              </h2>
              <div className="mt-2 max-w-[860px]">
                <PasswordRow security={security.data} />
                <TelegramRow />
                <TotpRow security={security.data} />
                <Passkeys passkeys={security.data.passkeys} />
              </div>
            </section>
            <SessionTable />
          </>
        ) : (
          <SectionState error={security.error} onRetry={() => security.refetch()} />
        )}
      </div>
    </>
  );
}
