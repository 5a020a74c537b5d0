"use client";

import type { Security } from "@pult/api/auth/account/schema.ts";
import { Lock } from "lucide-react";
import { useTranslations } from "next-intl";
import { useState } from "react";
import { Button } from "../../../ui/button.tsx";
import { lazyModule } from "../../../ui/lazy.tsx";
import { useTimeText } from "../../support/use-time-text.ts";
import { WayPanel, WayRow } from "./way-row.tsx";

const PasswordForm = lazyModule(() => import("./password-form.tsx")).part((module) => module.PasswordForm);

export function PasswordRow({ security }: { security: Security }) {
  const t = useTranslations();
  const time = useTimeText();
  const [isOpen, setOpen] = useState(false);
  return (
    <div>
      <WayRow
        icon={Lock}
        title={t("signIn.password")}
        hint={t("security.changedAt", { date: time.date(security.passwordChangedAt) })}
      >
        {isOpen ? null : <Button onClick={() => setOpen(true)}>{t("security.change")}</Button>}
      </WayRow>
      {isOpen ? (
        <WayPanel>
          <PasswordForm email={security.email} onClose={() => setOpen(false)} />
        </WayPanel>
      ) : null}
    </div>
  );
}
